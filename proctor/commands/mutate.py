"""``proctor mutate``: an assignment's tests, tried on solutions with one small change.

The mistakes of a bank are those that its author thought of. Here the right solutions'
syntax trees are changed in the ways that people slip, a seeded sample of the changes
is graded as submissions are, and the scores are compared with what the tasks promise
(:mod:`proctor.bank.promises`): a wrong solution with full marks is a hole in the tests,
a right one that lost points an accusation. Which names are true a person has to say:
what was named is written down, with how far the named mistake behaves as the solution
does.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proctor.bank import mutants, promises
from proctor.bank.mutants import Mutant
from proctor.bank.promised import Promised
from proctor.bank.reference import Reference, read_reference
from proctor.bank.trials import Trial, Trials
from proctor.errors import GradingError
from proctor.grade.grader import Grader, Task, make_grader
from proctor.grade.places import Place
from proctor.grade.results import NEEDS_ATTENTION, Cell, Submission
from proctor.grade.workers import Workers
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course


@dataclass(frozen=True)
class Options:
    """What is tried.

    Attributes
    ----------
    count
        How many mutants.
    cell
        The only solution cell to change; None: all.
    variants
        Whether the bank's variants are changed too, beside the reference.
    sample
        Where to write down what a person has to judge; None: nowhere.
    """

    count: int
    cell: str | None = None
    variants: bool = False
    sample: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant.

    Attributes
    ----------
    own
        The cell that tests it.
    others
        The cells that lost points beside that.
    score, most
        Of all cells that it can reach.
    """

    mutant: Mutant
    own: Cell | None
    others: list[Cell]
    score: float = 0.0
    most: float = 0.0
    attention: str = ""

    @property
    def bugs(self) -> dict[str, str]:
        """The titles of the known mistakes that were named, by id."""
        checks = self.own.checks if self.own else ()
        return {check.bug: check.title for check in checks if check.bug}


def mutate(
    course: Course,
    assignment: str,
    options: Options,
    *,
    level: str | None,
    jobs: int,
    seed: int | None,
) -> int:
    """Grade mutants; print holes, accusations and the counts.

    Parameters
    ----------
    level
        None: the best that this machine gives, for the submissions are our own.
    seed
        Of the tests' random inputs, and of the sample.

    Returns
    -------
    int
        0 if there is neither a hole nor an accusation, else 1.

    Raises
    ------
    GradingError
        If the assignment, its bank or its promises cannot be read.
    """
    layout = course.layout
    built = Built.read(layout, course.marks, assignment, course.config)
    truth = course.truth(assignment)
    reference = read_reference(
        layout.root, assignment, truth, lambda: built, whole=True
    )
    trials = Trials(built, reference.bank)

    def read() -> Task:
        support = files_beside(layout.built(assignment)).files
        return Task(built.as_assignment(), reference, support, lambda: built)

    with (
        make_grader(
            course, assignment, read, level=level or best_level(), seed=seed
        ) as grader,
        tempfile.TemporaryDirectory() as folder,
    ):
        grader.quiet = grader.alike = True
        trials.whole = {n.name for n in grader.assignment.notebooks if n.together}
        judge = Promised(reference, truth / promises.FILE, grader.seed)
        sources = _sources(built, reference, options)
        chosen = mutants.sample(sources, options.count, grader.seed)
        wrong = judge.wrong(chosen, built.solutions())
        grade = _Grade(grader, trials, Path(folder))
        with Workers(grade, chosen, grader.places(jobs)) as workers:
            outcomes = list(workers.in_order())
    report = Report(outcomes, wrong)
    for line in report.lines():
        print(line)
    if options.sample is not None:
        named = report.named()
        alike = judge.alike({o.mutant: next(iter(o.bugs)) for o in named})
        _write(options.sample, named, alike, wrong)
    print(f"{report.summary()}; seed {grader.seed}")
    return int(report.failed)


def _sources(
    built: Built, reference: Reference, options: Options
) -> dict[str, list[str]]:
    """Return the texts to change, by cell: of cells of code alone."""
    code = {name for name, _ in reference.cells}
    found = {n: [text] for n, text in built.solutions().items() if n in code}
    if options.cell is not None:
        if options.cell not in found:
            known = ", ".join(found)
            raise GradingError(f"no solution cell {options.cell!r}: there is {known}")
        found = {options.cell: found[options.cell]}
    for variant in reference.bank.variants if options.variants else ():
        if variant.cell in found:
            found[variant.cell].append(variant.source)
    return found


class _Grade:
    """Grades a mutant, in an otherwise perfect submission."""

    def __init__(self, grader: Grader, trials: Trials, folder: Path) -> None:
        self._grader, self._trials, self._folder = grader, trials, folder
        self._tests = {test.name for test in grader.assignment.tests()}

    def __call__(self, mutant: Mutant, place: Place) -> Outcome:
        trial = Trial(mutant.change, {mutant.cell: mutant.source}, tries=mutant.cell)
        submission = self._graded(trial, place)
        if submission.status == NEEDS_ATTENTION:
            return Outcome(mutant, None, [], attention=submission.message)
        test = self._grader.assignment.marks.test_of(mutant.cell)
        cells = [c for c in submission.cells if c.grade_id in self._tests]
        own = next((c for c in cells if c.grade_id == test), None)
        others = [c for c in cells if c is not own and c.score < c.max_score]
        score, most = sum(c.score for c in cells), sum(c.max_score for c in cells)
        return Outcome(mutant, own, others, score, most)

    def _graded(self, trial: Trial, place: Place) -> Submission:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            paths = {}
            for name, notebook in self._trials.submission(trial).items():
                paths[name] = Path(folder, f"{name}.ipynb")
                paths[name].write_text(json.dumps(notebook), encoding="utf-8")
            grader = self._grader.of(self._trials.part(self._grader.assignment, trial))
            return grader.grade("mutant", paths, place=place).submission


@dataclass(frozen=True)
class Report:
    """What a person reads of mutants.

    Attributes
    ----------
    wrong
        What is wrong with those that are.
    """

    outcomes: list[Outcome]
    wrong: dict[Mutant, str]

    def holes(self) -> list[Outcome]:
        """Return the wrong ones with full marks."""
        return [
            o
            for o in self.outcomes
            if o.mutant in self.wrong and not o.attention and o.score >= o.most
        ]

    def accusations(self) -> list[Outcome]:
        """Return the right ones that lost points."""
        return [o for o in self.outcomes if o.mutant not in self.wrong and _lost(o)]

    def elsewhere(self) -> list[Outcome]:
        """Return those that lost points in a cell of another task."""
        return [o for o in self.outcomes if o.mutant in self.wrong and o.others]

    def named(self) -> list[Outcome]:
        """Return those of which the student reads a name."""
        return [o for o in self.outcomes if o.bugs]

    @property
    def failed(self) -> bool:
        """Whether the tests are not as they should be."""
        return bool(self.holes() or self.accusations() or self.elsewhere())

    def lines(self) -> list[str]:
        """Return a line for each mutant that shows a weakness of the tests."""
        found = [
            f"hole: {_shown(o)}: {self.wrong[o.mutant]}, and full marks"
            for o in self.holes()
        ]
        found += [
            f"accusation: {_shown(o)}: right, and {_points(o)}"
            for o in self.accusations()
        ]
        found += [
            f"elsewhere: {_shown(o)}: "
            + "; ".join(f"{c.grade_id} {c.score:g}/{c.max_score:g}" for c in o.others)
            for o in self.elsewhere()
        ]
        return found

    def summary(self) -> str:
        """Return the counts in one line."""
        wrong = len(self.wrong)
        caught = wrong - len(self.holes())
        named = sum(o.mutant in self.wrong for o in self.named())
        return (
            f"{len(self.outcomes)} mutants, {wrong} wrong: caught {caught}, "
            f"named {named}; holes {len(self.holes())}, "
            f"accusations {len(self.accusations())}, "
            f"points lost elsewhere {len(self.elsewhere())}"
        )


def _lost(outcome: Outcome) -> bool:
    return bool(outcome.attention) or outcome.score < outcome.most


def _shown(outcome: Outcome) -> str:
    return f"{outcome.mutant.cell}, {outcome.mutant.change}"


def _points(outcome: Outcome) -> str:
    if outcome.attention:
        return f"needs attention: {outcome.attention}"
    cells = [*([outcome.own] if outcome.own else []), *outcome.others]
    lost = [c for c in cells if c.score < c.max_score]
    return "; ".join(
        f"{c.grade_id} {c.score:g}/{c.max_score:g}: {c.message}" for c in lost
    )


def _write(
    path: Path,
    named: list[Outcome],
    alike: dict[Mutant, list[int]],
    wrong: dict[Mutant, str],
) -> None:
    """Write down what was named, the least alike first: a person says what is true."""

    def share(outcome: Outcome) -> float:
        same, of = alike[outcome.mutant] or (0, 0)
        return same / of if of else 0.0

    text = [
        "# Mutants and the names that they were given\n\n"
        "True or false? Beside each: in how many of the calls that tell the two apart\n"
        "from a right solution the mutant gives what the named mistake gives.\n"
    ]
    for outcome in sorted(named, key=share):
        same, of = alike[outcome.mutant] or (0, 0)
        checks = outcome.own.checks
        text.append(
            f"\n## {_shown(outcome)}\n\n"
            + "".join(f"- named: {t} (`{b}`)\n" for b, t in outcome.bugs.items())
            + f"- alike in {same} of {of} calls; "
            + f"{wrong.get(outcome.mutant, 'right by its promises')}\n"
            + f"- {outcome.own.score:g} of {outcome.own.max_score:g} points\n"
            + "".join(
                f"- {'named' if c.bug else 'unnamed'}: {c.name}: {c.message}\n"
                for c in checks
                if c.message
            )
        )
    path.write_text("".join(text), encoding="utf-8")
