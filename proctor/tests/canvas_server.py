"""A stand-in for Canvas's API on this machine: what its documents say of a few calls.

canvas.instructure.com/doc/api: Assignments, Users, Submissions, Progress, File Uploads,
Pagination (a ``Link`` header), OAuth2 (a token in ``Authorization``).
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-nobody"
COURSE, ASSIGNMENT = 5, 78
_PLACE = f"/api/v1/courses/{COURSE}"


class State:
    """What Canvas knows.

    Attributes
    ----------
    scores
        By student's number; None: no mark.
    pages
        By student's number, the files of comments.
    asked
        Each request: method and path.
    """

    def __init__(self, users: list[dict], points: float = 7.0) -> None:
        self.users, self.points = users, points
        self.scores: dict[int, float | None] = {user["id"]: None for user in users}
        self.excused: set[int] = set()
        self.pages: dict[int, list[tuple[str, bytes]]] = {}
        self.asked: list[str] = []
        self.fails = ""
        self.files: dict[int, tuple[str, bytes]] = {}
        self.progress = 0


class _Handler(BaseHTTPRequestHandler):
    state: State

    def log_message(self, *args) -> None:
        pass

    def _answer(self, content, status: int = 200, **headers: str) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _page(self, items: list[dict]) -> None:
        """Answer with one item a page, as Canvas with a hundred."""
        query = parse_qs(urlsplit(self.path).query)
        number = int(query.get("page", ["1"])[0])
        links = {}
        if number < len(items):
            place = f"{self._host}{urlsplit(self.path).path}?page={number + 1}"
            links = {"Link": f'<{place}>; rel="next"'}
        self._answer(items[number - 1 : number], **links)

    @property
    def _host(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _begin(self) -> str | None:
        """Return the path, if who asks may."""
        path = urlsplit(self.path).path
        self.state.asked.append(f"{self.command} {path}")
        if path == "/upload":  # its address is the permission
            return path
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            said = {"errors": [{"message": "Invalid access token."}]}
            self._answer(said, 401, WWW_Authenticate='Bearer realm="canvas-lms"')
            return None
        return path

    def do_GET(self) -> None:
        state, path = self.state, self._begin()
        if path is None:
            return
        if path == _PLACE:
            self._answer({"id": COURSE, "name": "Tiny"})
        elif path == f"{_PLACE}/assignments":
            common = {"course_id": COURSE, "points_possible": state.points}
            other = {"id": 77, "name": "Essay", "course_id": COURSE}
            named = {"id": ASSIGNMENT, "name": "01_tiny"}
            self._page([other | {"points_possible": 10.0}, named | common])
        elif path in (f"{_PLACE}/users", f"{_PLACE}/search_users"):
            self._page(state.users)
        elif path == f"{_PLACE}/assignments/{ASSIGNMENT}/submissions":
            self._page([self._submission(user["id"]) for user in state.users])
        elif path == "/api/v1/progress/9":
            state.progress += 1
            done = state.progress > 1
            what = ("failed" if state.fails else "completed") if done else "running"
            self._answer({"id": 9, "workflow_state": what, "message": state.fails})
        else:
            self._answer({"errors": [{"message": "not found"}]}, 404)

    def _submission(self, user: int) -> dict:
        score = self.state.scores[user]
        return {
            "id": 1000 + user,
            "user_id": user,
            "assignment_id": ASSIGNMENT,
            "score": score,
            "entered_score": score,
            "grade": None if score is None else f"{score:g}",
            "excused": user in self.state.excused,
        }

    def do_POST(self) -> None:
        state, path = self.state, self._begin()
        if path is None:
            return
        data = self._body()
        place = f"{_PLACE}/assignments/{ASSIGNMENT}/submissions"
        if path == f"{place}/update_grades":
            for key, (value, *_) in parse_qs(data.decode()).items():
                user = re.fullmatch(r"grade_data\[(\d+)\]\[posted_grade\]", key)[1]
                if not state.fails:
                    state.scores[int(user)] = float(value)
            state.progress = 0
            self._answer({"id": 9, "workflow_state": "queued", "message": None})
        elif found := re.fullmatch(rf"{place}/(\d+)/comments/files", path):
            assert parse_qs(data.decode())["size"]
            answer = {"upload_url": f"{self._host}/upload"}
            self._answer(answer | {"upload_params": {"key": found[1]}})
        elif path == "/upload":
            kind = self.headers["Content-Type"].encode()
            message = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + data)
            part = next(p for p in message.walk() if p.get_filename())
            number = len(state.files) + 1
            state.files[number] = part.get_filename(), part.get_payload(decode=True)
            self._answer({"id": number, "url": f"{self._host}/files/{number}"}, 201)
        else:
            self._answer({"errors": [{"message": "not found"}]}, 404)

    def do_PUT(self) -> None:
        state, path = self.state, self._begin()
        data = parse_qs(self._body().decode())
        place = f"{_PLACE}/assignments/{ASSIGNMENT}/submissions"
        user = int(re.fullmatch(rf"{place}/(\d+)", path)[1])
        for number in data["comment[file_ids][]"]:
            state.pages.setdefault(user, []).append(state.files[int(number)])
        self._answer(self._submission(user))


@contextlib.contextmanager
def canvas(state: State) -> Iterator[str]:
    """Serve what a state says; gives the address."""
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
