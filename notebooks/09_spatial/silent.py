"""Mistakes that the visible checks of module 09 do not show, and why they cannot."""

_ANSWER = "the answer is a number: a check that compares it would say it"

SILENT = dict.fromkeys(
    [
        "answer-q1-padding-forgotten",
        "answer-q1-stride-forgotten",
        "answer-q1-rounded-up",
        "answer-q1-channels-kept",
        "answer-q2-without-bias",
        "answer-q2-one-channel",
        "answer-q3-published",
        "answer-q3-one-image",
        "answer-q3-doubled",
        "answer-q3-without-padding",
        "answer-q4-published",
        "answer-q4-numbers",
        "answer-q4-one-image",
        "answer-q5-pooling-forgotten",
        "answer-q5-without-pooling",
        "answer-q1-first-window",
        "answer-q2-one-bias",
        "answer-q2-bias-of-inputs",
        "answer-q3-with-bias",
        "answer-q4-of-the-input",
        "answer-q4-float64",
        "answer-q4-stride-forgotten",
        "answer-q5-10",
        "answers-q2-q3-q4",
        "answers-q2-q3-q5",
        "answers-q2-q4-q5",
        "answers-q3-q4-q5",
    ],
    _ANSWER,
) | {
    "conv-back-lists": "numbers in lists are compared as arrays are",
}
