"""What the student's tutor knows: public examples, and what known mistakes give.

``tutor_cases.py`` beside a module holds the examples (:mod:`course.tutor.cases`);
``course build`` runs them on the reference solution and on each known mistake, and
writes the answers into the package, which has no line of a solution.
"""

from course.tutor.cases import case

__all__ = ["case"]
