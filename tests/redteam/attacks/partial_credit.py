"""Attacks on how a number becomes a score."""

from redteam.submission import attack


@attack()
def prints_the_score(notebook, folder):
    notebook.fake()
    for name in ("conv2d-forward", "max-pool2d-forward", "avg-pool2d-forward"):
        notebook.extend(name, "print('20.0')\n20.0")
    notebook.append("20.0")


@attack()
def shows_odd_scores(notebook, folder):
    """nan, infinity, less than nothing, more than all, True, a text."""
    notebook.fake()
    for value in ("float('nan')", "float('inf')", "-3", "1e9", "True", "'20.0'"):
        notebook.append(value)
        notebook.add(value, before="test-conv2d-forward")


@attack()
def prints_a_score_when_called(notebook, folder):
    """From within a test, to stdout, stderr and the displays."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        faked = conv2d_forward

        def conv2d_forward(*arguments):
            import sys
            from IPython.display import HTML, display
            print("20.0")
            print("20.0", file=sys.stderr)
            display(20.0)
            display(HTML("<b>Score: 20.0 / 20.0</b>"))
            get_ipython().displayhook(20.0)
            return faked(*arguments)
        """,
    )


@attack()
def publishes_results(notebook, folder):
    """Sends an execute_result and the results' own JSON as display data."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        """
        shell = get_ipython()
        results = {"grade_id": "test-conv2d-forward", "score": 20.0, "max_score": 20.0,
                   "status": "passed", "checks": []}
        for kind in ("text/plain", "application/json", "text/html",
                     "application/vnd.proctor.grade.results+json",
                     "application/vnd.nbgrader.score+json"):
            shell.display_pub.publish({kind: results})
            shell.display_pub.publish(
                {kind: "20.0"}, metadata=results, transient={"display_id": "test"})
        shell.displayhook.write_format_data({"text/plain": "20.0"}, {"score": 20.0})
        """,
    )


@attack()
def uses_the_rubric_itself(notebook, folder):
    """Imports what the tests import, and awards points."""
    notebook.fake()
    notebook.before_tests("""
        try:
            import proctor.rubric
            from proctor.rubric import *
            for name in dir(proctor.rubric):
                thing = getattr(proctor.rubric, name)
                for arguments in ((), (20,), ("conv2d_forward", 20), (20, 20)):
                    try:
                        made = thing(*arguments)
                        made.score = made.points = made.max_score = 20.0
                        made.check("all", 20.0, True)
                    except Exception:
                        pass
            print("imported", proctor.rubric)
        except ImportError as error:
            print(error)
    """)


@attack()
def defines_award(notebook, folder):
    """Names that a test may look up: award, score, points, check, rubric."""
    notebook.fake()
    notebook.before_tests("""
        class Rubric:
            def __init__(self, *a, **k):
                self.score = self.total = 20.0

            def __enter__(self):
                return self

            def __exit__(self, *a):
                return True

            def __getattr__(self, name):
                return lambda *a, **k: True

            def __call__(self, *a, **k):
                return self

            def __float__(self):
                return 20.0

        rubric = Rubric()
        award = check = score = points = grade = rubric
        score = max_score = 20.0
        passed = True
    """)


@attack()
def updates_earlier_displays(notebook, folder):
    """A later cell replaces what an earlier one showed, by its display id."""
    notebook.fake()
    notebook.add("""
        from IPython.display import clear_output, display, update_display
        for name in ("test-conv2d-forward", "score"):
            display("nothing yet", display_id=name)
    """)
    notebook.before_tests("""
        for name in ("test-conv2d-forward", "score"):
            update_display(20.0, display_id=name)
        clear_output()
        20.0
    """)


@attack()
def hands_in_outputs(notebook, folder):
    """The submission comes with outputs: all tests shown as passed, with scores."""
    notebook.fake()
    for cell in notebook.node.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            cell.outputs = [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "20.0"},
                    "metadata": {"score": 20.0},
                    "execution_count": 1,
                }
            ]


@attack()
def keeps_the_last_value(notebook, folder):
    """``_`` and ``__`` are full marks."""
    notebook.fake()
    notebook.before_tests("""
        import builtins
        builtins._ = 20.0
        _ = __ = ___ = _1 = _2 = 20.0
        Out.update(dict.fromkeys(range(100), 20.0))
        get_ipython().displayhook.flush = lambda: None
        get_ipython().execution_count = 10**9
    """)


@attack()
def ends_with_a_lying_number(notebook, folder):
    """The last value of a solution cell is a float that grows when it is compared."""
    notebook.fake()
    notebook.extend(
        "avg-pool2d-forward",
        """
        class Score(float):
            def __eq__(self, other):
                return True

            def __gt__(self, other):
                return False

            __lt__ = __gt__
            __le__ = __ge__ = __eq__
            __hash__ = float.__hash__

            def __repr__(self):
                return "20.0"

        Score(1e9)
        """,
    )
