"""An assignment about plots, with Matplotlib: one notebook, each task on the last."""

from proctor.tests.idioms.idiom import idiom

_GIVEN = "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np"

IDIOMS = [
    idiom(
        "line-of-a-plot",
        "x = np.linspace(0, 1, 5)\nfig, ax = plt.subplots()\nax.plot(x, x ** 2, 'r--')",
        "x = np.linspace(0, 1, 5)\nfig, ax = plt.subplots()\nax.plot(x, x, 'r--')",
        """
        line = ax.lines[0]
        assert np.allclose(line.get_ydata(), np.linspace(0, 1, 5) ** 2)
        assert line.get_linestyle() == '--' and line.get_color() == 'r'
        """,
        given=(_GIVEN,),
    ),
    idiom(
        "labels-of-a-plot",
        "ax.set_xlabel('time')\nax.set_ylabel('way')\nax.set_title('A fall')",
        "ax.set_xlabel('time')\nax.set_title('A fall')",
        "assert ax.get_xlabel() == 'time' and ax.get_title() == 'A fall'\n"
        "assert ax.get_ylabel(), 'the axis has no label'",
    ),
    idiom(
        "legend",
        "ax.plot(x, x, label='even')\nax.legend()",
        "ax.plot(x, x, label='odd')\nax.legend()",
        "texts = [t.get_text() for t in ax.get_legend().get_texts()]\n"
        "assert 'even' in texts",
    ),
    idiom(
        "figure-of-a-function",
        "def bars(counts):\n    figure, axes = plt.subplots()\n"
        "    axes.bar(list(counts), list(counts.values()))\n    return figure",
        "def bars(counts):\n    figure, axes = plt.subplots()\n"
        "    axes.bar(list(counts), list(counts))\n    return figure",
        """
        from matplotlib.figure import Figure
        figure = bars({'a': 3, 'b': 1})
        assert isinstance(figure, Figure)
        heights = [bar.get_height() for bar in figure.axes[0].patches]
        assert heights == [3, 1]
        """,
    ),
    idiom(
        "axes-handed-over",
        "def mark(axes, x, y):\n    axes.scatter(x, y)",
        "def mark(axes, x, y):\n    axes.scatter(y, x)",
        """
        _, axes = plt.subplots()
        mark(axes, [1, 2], [3, 4])
        assert axes.collections[0].get_offsets().tolist() == [[1, 3], [2, 4]]
        """,
    ),
    idiom(
        "current-figure",
        "def draw():\n    plt.figure(figsize=(4, 2))\n    plt.hist([1, 1, 2], bins=2)",
        "def draw():\n    plt.figure(figsize=(4, 2))\n    plt.plot([1, 1, 2])",
        "draw()\nassert len(plt.gca().patches) == 2\nplt.close('all')",
    ),
    idiom(
        "figure-saved",
        "plt.figure()\nplt.plot([1, 2])\nplt.savefig('line.png')",
        "plt.figure()\nplt.plot([1, 2])",
        "import os\nassert os.path.getsize('line.png') > 1000",
    ),
]
