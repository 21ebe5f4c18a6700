# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Pictures that can be heard
#
# > Show a figure with alt text, in JupyterLab, Colab, VS Code and on a web page.
#
# A screen reader reads a picture's *alt text* aloud. A notebook can store one with a
# picture, but no two programs look for it in the same place. So `show` sends the figure
# in three forms, and each program takes the one that it reads the text from.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp pictures

# %%
#| export
import base64
import html
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# %% [markdown]
# ## One picture, three forms
#
# JupyterLab, Colab, VS Code and nbconvert prefer HTML, where an image has an `alt`. A
# program that shows no HTML takes the PNG, with the text in its metadata. What shows no
# picture at all, such as a terminal, prints the text.


# %%
#| export
class Picture:
    """A PNG with alt text, for every program that shows notebooks.

    Parameters
    ----------
    png
        The PNG in base64.
    alt
        What is to be seen, in words.
    size
        Width and height on the page, in pixels: ``{"width": 300, "height": 200}``.
        Empty: as large as the PNG.
    """

    def __init__(self, png: str, alt: str, size: dict[str, int]):
        self.png, self.alt, self.size = png, alt, size

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        size = "".join(f' {name}="{pixels}"' for name, pixels in self.size.items())
        image = (
            f'<img alt="{html.escape(self.alt)}"{size} style="max-width: 100%" '
            f'src="data:image/png;base64,{self.png}">'
        )
        data = {"text/html": image, "image/png": self.png, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, **self.size}}


# %% [markdown]
# ## What a convolution is good for
#
# A drawing and its upright edges, and both once more where the drawing is moved: the first
# picture of module 09, before anything in it is written.


# %%
#| export
def edges_that_move(drawn: Any) -> Any:
    """Return a figure of a drawing and its edges, twice: as it is, and moved by a pixel.

    Parameters
    ----------
    drawn
        An array of 8x8 numbers from 0 to 1, as `tinytorch.drawing` gives it.
    """
    from tinytorch.progress import patience

    with patience("loading Matplotlib, which draws"):
        from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 4, figsize=(9, 2.5), layout="constrained")
    for place, title in enumerate(("as it is", "moved by a pixel")):
        image = 0 * drawn[:, :1].repeat(9, axis=1)
        image[:, place : place + 8] = drawn
        rows = image[:-2] + image[1:-1] + image[2:]
        picture, edges = axes[2 * place : 2 * place + 2]
        picture.imshow(image, cmap="gray", vmin=0, vmax=1)
        edges.imshow(rows[:, 2:] - rows[:, :-2], cmap="PuOr", vmin=-3, vmax=3)
        picture.set(title=title, xticks=[], yticks=[])
        edges.set(title="its upright edges", xticks=[], yticks=[])
    return figure


# %% [markdown]
# ## Showing a figure
#
# IPython knows how the reader wants figures drawn, at which resolution for example. Where
# it has no such wish, Matplotlib's own way of writing a file is used. The figure is closed
# afterwards: Jupyter would show it a second time, without the text.


# %%
#| export
def show(figure: Any, alt: str) -> None:
    """Show a Matplotlib figure with alt text, and close it.

    Outside IPython, where no picture can be shown, the text is printed.

    Parameters
    ----------
    figure
        The figure, as ``plt.subplots`` gives it.
    alt
        What is to be seen, in one to three sentences.

    Raises
    ------
    ValueError
        If there is no text, or ``figure`` is no figure.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"show needs alt text that says what is seen, got {alt!r}")
    if not hasattr(figure, "savefig"):
        raise ValueError(f"show needs a figure, got {type(figure).__name__}")
    from matplotlib import pyplot

    try:
        from IPython import get_ipython
        from IPython.display import display
    except ModuleNotFoundError:
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        print(alt)
    else:
        display(_drawn(shell, figure, " ".join(alt.split())))
    pyplot.close(figure)


def _drawn(shell: Any, figure: Any, alt: str) -> Picture:
    """Draw the figure as this shell draws figures."""
    data, metadata = shell.display_formatter.format(figure, include={"image/png"})
    about = metadata.get("image/png", {})
    size = {name: about[name] for name in ("width", "height") if name in about}
    png = data.get("image/png")
    if png is None:
        file = io.BytesIO()
        figure.savefig(file, format="png", bbox_inches="tight")
        png = file.getvalue()
    if isinstance(png, bytes):
        png = base64.b64encode(png).decode()
    return Picture("".join(png.split()), alt, size)


# %% [markdown]
# ## A photograph
#
# scikit-learn carries one, a tower above a lake. Its file alone is read: to import all of
# scikit-learn for it takes seconds.


# %%
#| export
def photograph() -> Any:
    """Return the photograph of a tower above a lake that scikit-learn carries.

    Returns
    -------
    array of uint8, (427, 640, 3): height, width, and red, green and blue

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    found = find_spec("sklearn")
    if found is None:
        raise ModuleNotFoundError(
            "photograph() needs scikit-learn, which carries it: pip install scikit-learn"
        )
    from matplotlib.image import imread

    return imread(Path(found.origin).parent / "datasets/images/china.jpg")


# %% [markdown]
# ## Try it
#
# Alt text says what the picture shows to somebody who looks at it, not what it is called.

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(4, 2))
axes.plot([0, 1, 2, 3], [0, 1, 4, 9], marker="o")
axes.set(title="Squares", xlabel="number", ylabel="its square")
show(figure, alt="The squares of 0 to 3 rise faster and faster: 0, 1, 4 and 9.")
