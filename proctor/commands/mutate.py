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

from dataclasses import dataclass
from pathlib import Path

from proctor.bank import mutants, promises
from proctor.bank.mutants import Mutant
from proctor.bank.promised import Promised
from proctor.bank.reference import Reference
from proctor.commands.solutions import Outcome, graded_alone
from proctor.errors import GradingError
from proctor.notebook.built import Built
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
    with graded_alone(course, assignment, level=level, seed=seed) as solutions:
        reference, seed = solutions.reference, solutions.seed
        path = course.truth(assignment) / promises.FILE
        judge = Promised(reference, path, seed)
        sources = _sources(solutions.built, reference, options)
        chosen = mutants.sample(sources, options.count, seed)
        wrong = judge.wrong(chosen, solutions.built.solutions())
        outcomes = solutions.grade(chosen, jobs)
    report = Report(outcomes, wrong)
    for line in report.lines():
        print(line)
    if options.sample is not None:
        named = report.named()
        alike = judge.alike({o.mutant: next(iter(o.bugs)) for o in named})
        _write(options.sample, named, alike, wrong)
    print(f"{report.summary()}; seed {seed}")
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
