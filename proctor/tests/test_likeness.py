"""What counts as alike, of texts alone: no course is there."""

from dataclasses import replace

import pytest

from proctor.report.groups import Text
from proctor.report.likeness import likeness_of
from proctor.report.tokens import tokens
from proctor.tests.alike import ONE, OTHER, SAME, TWO


def test_of_thousands_only_those_that_are_the_same_are_listed():
    many = [Text(f"s{i}", {"double": tokens(ONE) + chr(i + 9)}) for i in range(5000)]
    same = [Text(f"same-{i}", {"double": tokens(ONE)}) for i in range(3)]
    found = likeness_of([*many, *same])
    assert [group.students for group in found.groups] == [
        ("same-0", "same-1", "same-2")
    ]
    assert not found.pairs and "Of 5003 submissions 5001 differ" in found.words


def test_a_class_that_handed_in_one_file_is_said_to():
    answers = {"double": ONE}
    texts = [Text(f"s{i}", {"double": tokens(ONE)}, written=answers) for i in range(30)]
    found = likeness_of(texts)
    (group,) = found.groups
    assert len(group.students) == 30 and group.how == "the same to the letter"
    assert group.rate == 1 and not found.pairs
    assert found.words.endswith("The 30 submissions are 1 text.")
    texts[3] = replace(texts[3], written={"double": SAME})
    (group,) = likeness_of(texts).groups
    assert group.how == "the same, but for names, comments or layout"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "no two submissions"),
        ({"ada": ONE}, "no two submissions"),
        ({"ada": ONE, "bob": OTHER}, "No pair is alike"),
    ],
)
def test_classes_in_which_nothing_is_found(answers, words):
    texts = [Text(name, {"double": tokens(text)}) for name, text in answers.items()]
    found = likeness_of(texts)
    assert not found.pairs and words in found.words


def test_a_short_answer_alone_is_no_reason_to_ask():
    usual = [Text(f"s{i}", {"own": chr(i + 9) * 200}) for i in range(9)]
    for length, listed in ((119, False), (120, True)):
        rare = chr(5000) * length
        taken = Text("ada", {"own": chr(99) * 200, "rare": rare})
        old = Text("old", {"rare": rare}, student=False)
        found = likeness_of([*usual, taken, old])
        assert [one.one for one in found.every] == ["ada"] * listed
        assert ("less than 1 would be there by chance" in found.words) == listed


def test_what_chance_gives_of_single_answers_is_said():
    # Each way is two students' own: what one of them is a new text's as well, by Good
    # and Turing, and so it is alike with one of them, or of two texts with two.
    usual = [Text(f"s{i}", {"own": chr(i + 9) * 200}) for i in range(40)]
    usual = [
        replace(one, answers={**one.answers, "rare": chr(6000 + i // 2) * 150})
        for i, one in enumerate(usual)
    ]
    old = [Text(f"o{i}", {"rare": chr(6000 + i) * 150}, student=False) for i in (3, 9)]
    found = likeness_of([*usual, *old])
    assert {(p.one, p.other) for p in found.every} == {
        *(("s6", "o3"), ("s7", "o3"), ("s18", "o9"), ("s19", "o9"))
    }
    assert found.by_chance == 2 and "about 2 would be there by chance" in found.words
    assert {p.had_so for p in found.pairs} == {"2 of 40 have rare so"}


def test_as_many_tasks_are_named_as_are_counted():
    every = {f"task-{i}": tokens(ONE) for i in range(5)}
    usual = [
        Text(f"s{i}", every | {"rare": tokens(OTHER) * 3 + chr(i + 9) * 60})
        for i in range(9)
    ]
    rare = tokens(SAME + OTHER) * 2
    taken = [Text("ada", every | {"rare": rare, "own": tokens(TWO)})]
    old = Text("old", every | {"rare": rare}, student=False)
    found = likeness_of([*usual, *taken, old])
    (pair,) = [one for one in found.every if one.other == "old" and one.one == "ada"]
    assert pair.compared == len(pair.tasks) == 1 and pair.rate is not None
    assert pair.partly


def a_class(number, tasks, ways):
    """Return texts of a class that writes each answer in one of some ways, in turn."""
    return {
        f"s{i:02}": {
            f"task-{n}": chr(2000 + 50 * n + (i * (n + 1) + i // ways) % ways) * 80
            for n in range(tasks)
        }
        for i in range(number)
    }


def partly_alike(answers, *others):
    texts = [Text(name, given) for name, given in answers.items()]
    found = likeness_of([*texts, *others])
    return [one for one in found.pairs if one.partly], found


def test_who_has_a_text_from_elsewhere_as_a_whole_is_listed_though_no_answer_is_rare():
    answers = a_class(40, 6, 4)
    for name in ("s00", "s07"):
        own = dict(answers[name])
        old = Text("old", own, student=False)
        _, found = partly_alike(answers, old)
        whole = [one for one in found.every if one.other == "old"]
        the_same = [one for one, given in answers.items() if given == own]
        assert [one.one for one in whole] == the_same and name in the_same
        assert whole[0].compared == len(whole[0].tasks) == 6
        # One answer of it alone says nothing: a quarter of the class has it.
        part = Text("old", {"task-0": own["task-0"]}, student=False)
        _, found = partly_alike(answers, part)
        assert not [one for one in found.every if one.other == "old"]


def test_some_answers_in_common_that_nobody_else_has_are_listed():
    answers = a_class(40, 8, 5)
    assert partly_alike(answers)[0] == []
    # Two have written these three between them, and all the rest alone.
    rare = {f"task-{n}": chr(4000 + n) * 80 for n in (1, 4, 6)}
    answers["s03"] |= rare
    answers["s20"] |= rare
    (pair,), found = partly_alike(answers)
    assert (pair.one, pair.other, pair.compared) == ("s03", "s20", 3)
    assert {task for task, _ in pair.tasks} == {*rare} and pair.share == 1
    assert not any({"s03", "s20"} <= {*group.students} for group in found.groups)
    # One alone anybody may have in common.
    answers["s03"] |= {"task-1": chr(5000) * 80, "task-4": chr(5001) * 80}
    assert partly_alike(answers)[0] == []
