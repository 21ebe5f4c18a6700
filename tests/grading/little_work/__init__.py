"""Answers that do not do what a task asks for, and what each may earn all the same.

Each is written behind the reference solution of its cell, whose functions it can use.
Who wrote it has read the hidden tests. It earns nothing, but for what it really does:
``earns`` says how many points of the cell are left to it.
"""

# In this order each enters its own.
from little_work import given_back, told_apart, by_python  # noqa: F401, I001
from little_work import by_size, one_of_each  # noqa: F401
from little_work.answers import rounds  # noqa: F401
