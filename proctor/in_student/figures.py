"""Figures of Matplotlib: what is drawn before the first fork, and each as one PNG."""

from __future__ import annotations

import base64
import io

from proctor.in_student.output import collected


def keep_own_fonts() -> None:
    """Have Matplotlib know the fonts it brings alone: no others can be read inside."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = matplotlib.get_data_path()
    for fonts in (fontManager.ttflist, fontManager.afmlist):
        fonts[:] = [font for font in fonts if font.fname.startswith(own)]


def draw_first(shell) -> None:
    """Draw a figure as a notebook in this shell does, and as :func:`_picture` does."""
    from matplotlib import pyplot

    shell.run_cell("%matplotlib inline")
    figure = pyplot.figure()
    axes = figure.subplots()
    axes.set_title("0")
    axes.imshow([[0.0, 1.0]])
    pictures = shell.display_formatter.formatters["image/png"]
    pictures.for_type(type(figure), _picture)
    shell.display_formatter.format(figure)
    pyplot.close("all")


def _picture(figure) -> str | None:
    """Return a figure as PNG in base64, drawn once where nothing hangs over its edge.

    A notebook draws every figure twice, to cut it to what is on it. None: it would not
    be kept.
    """
    if collected.room < 0:
        return None
    canvas = figure.canvas
    buffer = io.BytesIO()
    canvas.print_png(buffer, pil_kwargs={"compress_level": 1})
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    if not inside:
        buffer = io.BytesIO()
        canvas.print_figure(buffer, format="png", bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode()
