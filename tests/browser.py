"""A headless Chromium that a test drives, over the browser's own pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers rarely allow one, and only our own pages are opened.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    # A page that asks for what is elsewhere asks in vain.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# The browser listens on descriptor 3 and answers on 4.
START = """
import fcntl, os, sys
ours = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for descriptor, wanted in zip(ours, (3, 4)):
    os.dup2(descriptor, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""


def program() -> str | None:
    """Return where this machine has a browser, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One page of a headless browser.

    Attributes
    ----------
    requested
        The addresses that the page asked the network for.
    """

    def __init__(self, profile: Path):
        self.requested: list[str] = []
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        options = [program(), *OPTIONS, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, str(theirs_in), str(theirs_out), *options],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self._count, self._session, self._left = 0, None, b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for part in ("Page", "Network"):
            self.ask(f"{part}.enable")

    def close(self) -> None:
        """End the browser."""
        self._out.close()
        self._in.close()
        self._process.terminate()
        self._process.wait(20)

    def ask(self, method: str, **parameters):
        """Call a method of the DevTools protocol; return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while (answer := self._receive()).get("id") != self._count:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def _receive(self) -> dict:
        while b"\0" not in self._left:
            part = self._in.read1(1 << 20)
            assert part, "the browser has ended"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        event = json.loads(message)
        if event.get("method") == "Network.requestWillBeSent":
            self.requested.append(event["params"]["request"]["url"])
        return event

    def open(self, page: Path, width: int = 800, height: int = 900) -> None:
        """Open a file, in a window of this size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1},
            mobile=False,
        )
        self.visit(page.as_uri())
        self.requested.clear()

    def visit(self, address: str) -> None:
        """Open an address; ``requested`` has what it and its page asked for."""
        self.requested.clear()
        self.ask("Page.navigate", url=address)
        while self.run("document.readyState") != "complete":
            pass

    def media(self, **features: str) -> None:
        """Pretend that the reader prefers this, ``prefers_color_scheme="dark"`` say."""
        listed = [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()
        ]
        self.ask("Emulation.setEmulatedMedia", features=listed)

    def run(self, script: str):
        """Return the value of a script, a promise's when it comes."""
        result = self.ask(
            "Runtime.evaluate",
            **{"expression": script, "returnByValue": True, "awaitPromise": True},
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press and let go a key: its name, and its number in the protocol."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                **{
                    "type": kind,
                    "key": key,
                    "code": key,
                    "windowsVirtualKeyCode": code,
                },
            )

    def spoken(self) -> list[tuple[str, str, str]]:
        """Return role, name and value of all that a screen reader finds."""
        frames = self.ask("Page.getFrameTree")["frameTree"]
        ids = [frames["frame"]["id"]]
        ids += [child["frame"]["id"] for child in frames.get("childFrames", [])]
        nodes = [
            node
            for frame in ids
            for node in self.ask("Accessibility.getFullAXTree", frameId=frame)["nodes"]
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
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))
        return path
