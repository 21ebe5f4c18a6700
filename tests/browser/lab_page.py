"""A module's notebook in JupyterLab's page, as a person works in it."""

import re

# The first window is not counted; and as it is asked for.
WRONG = """\
#| export
def output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride
"""
RIGHT = """\
#| export
def output_size(size, kernel, stride=1, padding=0):
    room = size + 2 * padding - kernel
    if room < 0 or kernel < 1 or stride < 1 or padding < 0:
        raise ValueError(f"{size}, {kernel}, {stride}, {padding}")
    return room // stride + 1
"""
# A machine that others use: what has to come comes, however late.
PATIENCE = 300_000


def cell_with(page, text):
    """Return the code cell that has a text, scrolled to."""
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text))
    cell.first.scroll_into_view_if_needed()
    return cell.first


def ran(cell):
    """Wait until a cell has run; return what it shows."""
    prompt = cell.locator(".jp-InputArea-prompt")
    prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for()
    return cell.locator(".jp-Cell-outputArea").inner_text()


def run_cell(page, cell):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def write(page, cell, code):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


def run_all_above(page, cell):
    cell.locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()


def take_from_wrong_to_right(page, picture):
    """Answer a task wrongly, ask check and tutor, and answer it rightly.

    Parameters
    ----------
    page
        A :class:`chromium.Browser` with the notebook.
    picture
        Where the tutor's answer is shown.
    """
    lab = page.page
    task = cell_with(lab, "def output_size(")
    write(lab, task, WRONG)
    run_all_above(lab, task)
    run_cell(lab, task)
    check = cell_with(lab, 'Check("output-size", output_size)')
    run_cell(lab, check)
    said = ran(check)
    assert "7 pixels, kernel 3" in said and "4" in said and "5" in said
    tutor = cell_with(lab, 'tt.tutor("output-size")')
    run_cell(lab, tutor)
    assert "The first window is not counted" in ran(tutor)
    tutor.evaluate("cell => cell.scrollIntoView({block: 'end'})")
    page.picture(picture)
    write(lab, task, RIGHT)
    run_cell(lab, check)
    check.get_by_text("5 of 100 points").wait_for()


def move_the_explorer(page, picture):
    """Show the explorer of windows, and press its button."""
    lab = page.page
    cell = cell_with(lab, "explore(size=7, kernel=3, stride=2, padding=1)")
    run_cell(lab, cell)
    frame = cell.frame_locator("iframe")
    frame.get_by_role("button", name="Next").click()
    assert frame.locator("#window-value").inner_text() == "2 of 16"
    page.picture(picture)
