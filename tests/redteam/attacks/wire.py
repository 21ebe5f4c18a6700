"""Attacks on the messages between the student's process and the grader's.

The sockets are inherited: student code can write to them what it likes. A frame is two
little-endian 32-bit lengths, a JSON header, and the bytes of the arrays.
"""

from redteam.submission import attack

_TOOLS = """
    import json
    import os
    import stat
    import struct
    import time
    import numpy as np

    def is_socket(descriptor):
        try:
            return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
        except OSError:
            return False

    def sockets():
        return [number for number in range(1024) if is_socket(number)] or [3]

    # Of the cells; that of a test's calls is there when the test is.
    CELLS = CALLS = sockets()[0]

    def frame(header, body=b"", lengths=None):
        head = header if isinstance(header, bytes) else json.dumps(header).encode()
        lengths = lengths or (len(head), len(body))
        return struct.pack("<II", *lengths) + head + body

    def write(descriptor, data, seconds=0.1):
        end = time.monotonic() + seconds
        data = memoryview(data)
        while data and time.monotonic() < end:
            try:
                data = data[os.write(descriptor, data):]
            except BlockingIOError:
                time.sleep(0.001)
            except OSError as error:
                print(error)
                return

    def zeros(shape, name="<f8"):
        '''The value of an array of zeros, and its bytes.'''
        array = np.zeros(shape, name)
        return {"a": [name, list(shape), 0, False]}, array.tobytes()

    VALUE, BODY = zeros((1, 1, 1, 2))
"""


def _when_called(notebook, text, after="return faked(*arguments)"):
    """Run ``text`` each time that a test calls the convolution or a pool."""
    notebook.fake()
    notebook.add(_TOOLS)
    notebook.add(
        f"def strike():\n    global CALLS\n    CALLS = sockets()[-1]\n{_indent(text)}"
    )
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"faked_{name} = {name}\n\n"
            f"def {name}(*arguments):\n"
            "    strike()\n"
            f"    {after.replace('faked', f'faked_{name}')}",
        )


def _indent(text: str) -> str:
    import textwrap

    return textwrap.indent(textwrap.dedent(text).strip(), "    ")


@attack()
def forges_a_reply(notebook, folder):
    """Answers by itself, and dies before the real answer."""
    _when_called(notebook, 'write(CALLS, frame({"value": VALUE}, BODY))', "os._exit(0)")


@attack()
def forges_two_replies(notebook, folder):
    """Each call is answered twice: the next question finds an old answer."""
    _when_called(notebook, 'write(CALLS, frame({"value": VALUE}, BODY) * 2)')


@attack()
def answers_before_it_is_asked(notebook, folder):
    """Ten thousand answers in advance."""
    notebook.fake()
    notebook.add(_TOOLS)
    notebook.add(
        """
        for reply in ({"value": VALUE}, {"value": [True, "value", VALUE]}):
            write(CALLS, frame(reply, BODY) * 10_000)
        """,
        before="test-conv2d-forward",
    )


@attack()
def says_that_all_cells_went_well(notebook, folder):
    """On the cells' channel: outputs and scores of the tests to come."""
    notebook.fake()
    notebook.add(_TOOLS)
    notebook.add("""
        output = {"output_type": "execute_result", "data": {"text/plain": "20.0"},
                  "metadata": {}, "execution_count": 1}
        reply = {"ok": True, "outputs": [output], "score": 20.0, "max_score": 20.0,
                 "status": "passed", "checks": [], "grade_id": "test-conv2d-forward",
                 "rubric": [{"name": "all", "score": 20.0, "max_score": 20.0}],
                 "results": [{"name": "all", "score": 20.0, "max_score": 20.0}]}
        write(CELLS, frame(reply) * 200)
        write(CALLS, frame(reply) * 200)
    """)


@attack()
def answers_for_the_tests_and_stops_reading(notebook, folder):
    """The server loop is replaced by one that says yes to everything."""
    notebook.fake()
    notebook.add(_TOOLS)
    notebook.add(
        """
        import select

        def read(descriptor):
            data = b""
            while len(data) < 8:
                try:
                    data += os.read(descriptor, 8 - len(data))
                except BlockingIOError:
                    select.select([descriptor], [], [])
            left = sum(struct.unpack("<II", data))
            while left:
                try:
                    left -= len(os.read(descriptor, left))
                except BlockingIOError:
                    select.select([descriptor], [], [])

        if "already" not in globals():
            already = True
            good = {"ok": True, "outputs": [], "value": VALUE, "score": 20.0}
            write(CELLS, frame(good))
            while True:
                for descriptor in select.select(sockets(), [], [])[0]:
                    read(descriptor)
                    write(descriptor, frame(good, BODY))
    """,
        before="test-conv2d-forward",
    )


@attack()
def claims_a_huge_header(notebook, folder):
    _when_called(
        notebook, 'write(CALLS, frame(b"{}", lengths=(0xFFFFFFFF, 0xFFFFFFFF)))'
    )


@attack()
def claims_a_huge_body(notebook, folder):
    """The length says 4 GB, and nothing follows."""
    _when_called(
        notebook,
        'write(CALLS, frame({"value": VALUE}, BODY, lengths=(60, 0xFFFFFFF0)))',
    )


@attack(slow=True)
def promises_more_than_it_sends(notebook, folder):
    """A length within bounds, of which nothing comes."""
    _when_called(
        notebook,
        'write(CALLS, frame(b"{", lengths=(1 << 20, 1 << 20)))\ntime.sleep(600)',
    )


@attack(slow=True)
def sends_drop_by_drop(notebook, folder):
    """A byte at a time, so that no single wait is long."""
    _when_called(
        notebook,
        """
        for byte in frame({"value": VALUE}, BODY):
            write(CALLS, bytes([byte]))
            time.sleep(0.2)
        """,
    )


@attack()
def nests_the_header(notebook, folder):
    _when_called(
        notebook,
        """
        for tags in (b'{"value": {"l": [', b'{"l": [', b"["):
            write(CALLS, frame(tags * 100_000))
        """,
    )


@attack()
def sends_headers_that_are_no_objects(notebook, folder):
    """null, a number, a text, a list, NaN, bytes that are no text, nothing."""
    _when_called(
        notebook,
        r"""
        for head in (b"null", b"20.0", b'"passed"', b"[]", b"NaN", b"\xff\xfe", b"",
                     b"true", b'{"value"', b"{}", b'{"value": 1}{"value": 2}', b"\0"):
            write(CALLS, frame(head))
        """,
    )


@attack()
def sends_doubled_keys(notebook, folder):
    _when_called(
        notebook,
        """
        write(CALLS, frame(b'{"value": null, "raised": [], "value": 1}'))
        """,
    )


@attack()
def sends_numbers_that_are_none(notebook, folder):
    """NaN and infinities, 1e999, a number of a million digits, minus zero."""
    _when_called(
        notebook,
        """
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 1_000_000,
                       b"-0", b"1E400", b'{"f": "nan"}', b'{"f": "inf"}',
                       b'{"i": "0x' + b"f" * 399 + b'"}', b'{"i": "__1"}'):
            write(CALLS, frame(b'{"value": ' + number + b"}"))
        """,
    )


@attack()
def sends_unknown_tags(notebook, folder):
    _when_called(
        notebook,
        """
        for value in ({"x": 1}, {"__reduce__": ["os.system", "true"]}, {"o": "Tensor"},
                      {"h": -1}, {"h": 10**30}, {"h": True}, {"h": "0"}, {"a": []},
                      {"t": "not a list"}, {"d": [[[], 1]]}, {"d": [[{"l": []}, 1]]},
                      {"s": [1]}, {"a": 1, "h": 2}, {"py/object": "os.system"}):
            write(CALLS, frame({"value": value}))
        """,
    )


@attack()
def sends_arrays_that_do_not_fit(notebook, folder):
    """More elements than bytes, negative, overflowing and object shapes."""
    _when_called(
        notebook,
        """
        for dtype, shape, start, scalar in (
            ("<f8", [1 << 39], 0, False), ("<f8", [-1, -2], 0, False),
            ("<f8", [1 << 31, 1 << 31, 1 << 31], 0, False),
            ("<f8", [0, 1 << 39, 1 << 39], 0, False), ("|O", [2], 0, False),
            ("|V16", [1], 0, False), ("<f8", [2], -16, False), ("<f8", [2], 8, False),
            ("<f8", [2.0], 0, False), ("<f8", [True, 2], 0, False),
            ("<U4", [2], 0, False),
            ("<f8", [1] * 40, 0, False), ("<f8", [1] * 33, 0, False),
            ("<f8", [2], 0, True), ("<M8[s]", [2], 0, False), ("|O8", [], 0, True),
            ("<f8", [2], 1 << 70, False), ("<f8,<f8", [1], 0, False),
            ("<f2", [1 << 20, 0], 0, False), ("<f8", "22", 0, False),
        ):
            write(CALLS, frame({"value": {"a": [dtype, shape, start, scalar]}}, BODY))
        """,
    )


@attack(slow=True)
def sends_one_buffer_ten_thousand_times(notebook, folder):
    """Each of ten thousand arrays is the same 40 MB of the message."""
    _when_called(
        notebook,
        """
        array = {"a": ["<f8", [5 << 20], 0, False]}
        write(CALLS, frame({"value": {"l": [array] * 10_000}}, bytes(40 << 20)), 5)
        """,
    )


@attack()
def sends_millions_of_values(notebook, folder):
    _when_called(
        notebook,
        """
        write(CALLS, frame(b'{"value": {"l": [' + b"0," * 2_000_000 + b"0]}}"))
        """,
    )


@attack()
def sends_keys_of_one_hash(notebook, folder):
    """A dict of them takes the square of their number to make."""
    _when_called(
        notebook,
        """
        modulus = (1 << 61) - 1
        keys = [{"i": hex(modulus * number)} for number in range(1, 60_000)]
        write(CALLS, frame({"value": {"d": [[key, 0] for key in keys]}}))
        """,
    )


@attack()
def sends_the_same_bytes_a_thousand_times(notebook, folder):
    _when_called(
        notebook,
        """
        many = {"l": [{"a": ["|u1", [1 << 20], 0, False]}] * 1000}
        write(CALLS, frame({"value": many}, bytes(1 << 20)), seconds=1)
        """,
    )


@attack()
def says_that_the_test_itself_failed(notebook, folder):
    """As the grader says where somebody has to look."""
    notebook.add("SAYS = 'the test itself failed: look'")
    for name in ("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward"):
        function = name.replace("-", "_")
        notebook.write(name, f"def {function}(*a):\n    raise AssertionError(SAYS)")


@attack()
def forges_the_names_of_exceptions(notebook, folder):
    """What a call raised, by names that mean something to the grader."""
    _when_called(
        notebook,
        """
        for kinds in (["AuthorError"], ["proctor.rubric.where.AuthorError"],
                      ["StudentEnded"], ["SystemExit"], ["KeyboardInterrupt"], ["exit"],
                      ["print"], ["__import__", "Exception"], ["Warning"], [], [[]],
                      [None], "ValueError", {"a": 1}, ["BaseException"], ["Score"],
                      ["GeneratorExit"], ["StopIteration"], ["ExceptionGroup"],
                      ["UnicodeDecodeError"], ["ValueError"] * 100_000):
            write(CALLS, frame({"raised": kinds, "text": "20.0"}))
        """,
    )


@attack()
def forges_texts_of_exceptions(notebook, folder):
    """The text is 3 MB, or no text, or a sequence for the grader's terminal."""
    _when_called(
        notebook,
        """
        for text in ("x" * 3_000_000, None, ["2", "3"], 5, {"a": 1},
                     "\\x1b]0;pwned\\x07\\x1b[2J\\r\\n[/red]", "\\ud800"):
            write(CALLS, frame({"raised": ["ValueError"], "text": text}))
        """,
    )


@attack()
def answers_that_names_are_modules(notebook, folder):
    """A test that looks up a name is told that it is a module."""
    notebook.fake()
    notebook.before_tests("""
        import types
        for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward",
                     "Conv2d"):
            module = types.ModuleType("os")
            module.__call__ = lambda *a: None
            globals()[name] = module
        rubric = types.ModuleType("proctor.rubric")
    """)


@attack()
def writes_junk_to_every_descriptor(notebook, folder):
    _when_called(
        notebook,
        """
        for descriptor in range(1024):
            try:
                os.write(descriptor, os.urandom(4096))
            except OSError:
                pass
        """,
    )


@attack()
def closes_every_descriptor(notebook, folder):
    _when_called(notebook, "os.closerange(0, 1024)")


@attack()
def closes_the_sockets_in_a_cell(notebook, folder):
    notebook.fake()
    notebook.before_tests("""
        import os
        os.closerange(3, 1024)
    """)


@attack(slow=True)
def swaps_the_sockets(notebook, folder):
    """Calls are answered on the cells' channel, and the other way round."""
    _when_called(
        notebook,
        """
        spare = os.dup(CELLS)
        os.dup2(CALLS, CELLS)
        os.dup2(spare, CALLS)
        """,
    )


@attack()
def steals_the_questions(notebook, folder):
    """A thread reads the grader's requests before the server does."""
    notebook.fake()
    notebook.attack(_TOOLS)
    notebook.add(
        """
        import threading

        def steal():
            for _ in range(20_000):
                for descriptor in (CALLS, CELLS):
                    try:
                        data = os.read(descriptor, 1 << 16)
                    except OSError:
                        continue
                    if HIDDEN().encode() in data:
                        reached("the hidden tests on a socket")
                    write(descriptor, frame({"value": VALUE, "ok": True}, BODY))
                time.sleep(0.001)

        threading.Thread(target=steal, daemon=True).start()
    """,
        before="test-conv2d-forward",
    )


@attack()
def passes_descriptors(notebook, folder):
    """Sends open files to the grader along with its frames, until it has too many."""
    _when_called(
        notebook,
        """
        import array
        import socket
        try:
            channel = socket.socket(fileno=os.dup(CALLS))
            files = [os.open("/dev/null", os.O_RDONLY) for _ in range(50)]
            for _ in range(100):
                channel.sendmsg(
                    [b" "],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
            channel.shutdown(socket.SHUT_WR)
        except OSError as error:
            print(error)
        """,
    )


@attack()
def forges_handles(notebook, folder):
    """Every question, for an attribute or an element, is answered by a handle."""
    _when_called(
        notebook,
        """
        write(CALLS, frame({"value": {"l": [{"h": 0}] * 1000}}))
        write(CALLS, frame({"value": {"h": 0}}) * 1000)
        """,
    )


@attack(slow=True)
def patches_the_server(notebook, folder):
    """Replaces the methods of the server that answers the tests' calls."""
    notebook.fake()
    notebook.add(
        """
        import gc
        import sys

        frame = sys._getframe()
        while frame:
            scope = frame.f_locals
            for value in list(scope.values()):
                kind = type(value)
                if "proctor" in str(kind.__module__):
                    for name in list(vars(kind)):
                        if name in ("encode", "_encode", "_do", "answer"):
                            right = getattr(kind, name)
                            setattr(kind, name, lambda *a, **k: {"value": True})
            frame = frame.f_back
    """,
        before="test-conv2d-layer",
    )


@attack(solves=("output-size", "conv2d-layer"))
def steals_a_stand_in(notebook, folder):
    """The layer's test puts a right convolution in place of a wrong one: keep it.

    The layer, and its test, stand before the convolution's test, which then finds the
    stolen function.
    """
    notebook.fake("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward")
    notebook.extend(
        "conv2d-forward",
        """
        stolen = []

        def conv2d_forward(*arguments):
            if stolen:
                return stolen[-1](*arguments)
            raise ValueError("look for a stand-in")
        """,
    )
    # The layer calls whatever stands in; this remembers it.
    notebook.extend(
        "conv2d-layer",
        """
        plain_forward = Conv2d.forward
        own = conv2d_forward

        def forward(self, x):
            bound = globals()["conv2d_forward"]
            if bound is not own and bound not in stolen:
                stolen.append(bound)
            return plain_forward(self, x)

        Conv2d.forward = forward
        """,
    )
    cells = notebook.node.cells
    first = notebook.place("test-conv2d-forward")
    layer = notebook.place("test-conv2d-layer")
    cells.insert(layer, cells.pop(first))


@attack(solves=("output-size", "conv2d-layer"))
def shows_a_stand_in(notebook, folder):
    """Listens to what is compiled, where a right convolution comes as text."""
    notebook.fake("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward")
    notebook.add("""
        import builtins
        heard, plain = [], builtins.compile

        def compile(source, *rest, **named):
            heard.append(str(source))
            return plain(source, *rest, **named)

        builtins.compile = compile
    """)
    notebook.append("""
        for text in heard:
            if "def " + "right_" in text:
                reached(text)
    """)
