"""Fixture: the window explorer, opened in a browser."""

import pytest

from tinytorch.explorer import explore


@pytest.fixture
def page(opened, tmp_path):
    """Open the explorer in a page; its width and its background can be chosen."""

    def open_page(background="white", width=800, **start):
        path = tmp_path / "page.html"
        html = explore(**start)._repr_html_()
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><body style="margin: 10px; '
            f'background: {background}">{html}',
            encoding="utf-8",
        )
        opened.media()
        opened.open(path, width)
        return opened

    return open_page
