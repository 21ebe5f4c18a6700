"""A headless Chromium of the system's that a test drives, by Playwright."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Program
from playwright.sync_api import Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers rarely allow one, and only our own pages are opened.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    # A page that asks for what is elsewhere asks in vain.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def program() -> str | None:
    """Return where this machine has a browser, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextlib.contextmanager
def started(*hosts: str) -> Iterator[Program]:
    """Start the browser, which finds this machine and these hosts, and end it."""
    # Where it is held open, no other test may begin a loop of asyncio's: a module's.
    with sync_playwright() as driver:
        found = "".join(f", EXCLUDE {host}" for host in ("127.0.0.1", *hosts))
        options = [*OPTIONS[:-1], OPTIONS[-1] + found]
        opened = driver.chromium.launch(executable_path=program(), args=options)
        try:
            yield opened
        finally:
            opened.close()


class Browser:
    """One page of it.

    Attributes
    ----------
    page
        Playwright's.
    requested
        The addresses that the page has asked for since it was opened.
    """

    def __init__(self, opened: Program, **options):
        self.page: Page = opened.new_context(
            **{"viewport": {"width": 800, "height": 900}, **options}
        ).new_page()
        self.requested: list[str] = []
        self.asked: list[str] = []
        self.page.context.on("request", self._note)

    def _note(self, request) -> None:
        self.requested.append(request.url)
        self.asked.append(request.url)

    def elsewhere(self) -> list[str]:
        """Return what was asked for of other machines, from the first page on."""
        return [
            url
            for url in self.asked
            if urlsplit(url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(url).hostname != "127.0.0.1"
        ]

    def close(self) -> None:
        """Close the page."""
        self.page.context.close()

    def open(self, page: Path, width: int = 800, height: int = 900) -> None:
        """Open a file, in a window of this size."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.visit(page.as_uri())
        self.requested.clear()

    def visit(self, address: str) -> None:
        """Open an address; ``requested`` has what it and its page asked for."""
        self.requested.clear()
        self.page.goto(address)

    def media(self, **features: str) -> None:
        """Pretend this, ``color_scheme="dark"`` say; all else is as usual."""
        usual = {"color_scheme": "light", "reduced_motion": "no-preference"}
        self.page.emulate_media(**{**usual, "media": "screen", **features})

    def run(self, script: str):
        """Return the value of a script, a promise's when it comes."""
        return self.page.evaluate(script)

    def spoken(self) -> list[tuple[str, str, str]]:
        """Return role, name and value of all that a screen reader finds."""
        session = self.page.context.new_cdp_session(self.page)
        frames = session.send("Page.getFrameTree")["frameTree"]
        ids = [frames["frame"]["id"]]
        ids += [child["frame"]["id"] for child in frames.get("childFrames", [])]
        nodes = [
            node
            for frame in ids
            for node in session.send("Accessibility.getFullAXTree", {"frameId": frame})[
                "nodes"
            ]
        ]
        return [
            tuple(
                node.get(part, {}).get("value", "")
                for part in ("role", "name", "value")
            )
            for node in nodes
            if not node["ignored"]
        ]

    def picture(self, path: Path) -> Path:
        """Write what is seen to a PNG file."""
        self.page.screenshot(path=path)
        return path
