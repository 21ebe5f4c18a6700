"""The window explorer in an open page, as tests look at it."""

IN = "frames[0].document"
MINUS = "\u2212"


def text(page, name):
    return page.run(f"{IN}.getElementById('{name}').textContent")
