# `make demo` and `make test` need Python 3.11 or later and make, nothing else.
# Another interpreter: make PYTHON=/path/to/python3.13 demo

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from
LOG := $(VENV)/uv.log
UV_VERSION := 0.13.9
# Nothing is compiled (--no-build; our own three are links), and this is what uv says
# where that would be needed.
NO_WHEEL := ^error: Distribution `(.*)==([^ ]*) .* has no binary distribution$$

SUPPORTED := import sys; sys.exit(not sys.version_info >= (3, 11))
PYTHON ?= $(shell for python in python3 python3.15 python3.14 python3.13 python3.12 \
	python3.11 python; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python && break; done)

export UV_PYTHON_DOWNLOADS := never
# The environment here, whatever other one is active.
export UV_PROJECT_ENVIRONMENT := $(VENV)
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# What is compiled is kept: the tests start programs by the hundred.
unexport PYTHONDONTWRITEBYTECODE

# For an author at work: a small course that is built, checked and graded from end to
# end (first, for it is one piece and takes longest), and the units of the autograder, in
# one level of its sandbox, and of the framework.
QUICK := tests/course/test_small_course.py proctor/tests tests/framework

.PHONY: demo test quick build site lint clean environment
.DEFAULT_GOAL := demo

demo: environment
	@$(BIN)/course demo

test: lint
	@$(BIN)/pytest

quick: lint
	@$(BIN)/pytest -m "not slow" $(QUICK)

build: environment
	@$(BIN)/course build

site: environment
	@$(BIN)/course site $(if $(LITE),--lite)

lint: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

# Leaves submissions, grades and the gradebook alone.
clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stale: made from another pyproject.toml or uv.lock, in another folder (the scripts
# inside name it), or with an interpreter that is gone.
environment:
	@[ "$$(cat $(STAMP) 2>/dev/null)" = "$$(cat pyproject.toml course/pyproject.toml proctor/pyproject.toml uv.lock | cksum) $(CURDIR)" ] \
	&& $(BIN)/python -c '$(SUPPORTED)' 2>/dev/null \
	|| $(MAKE) --no-print-directory $(VENV)

.PHONY: $(VENV)
$(VENV):
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c '$(SUPPORTED)' || { \
	echo "Python 3.11 or later is needed, found $$($(or $(PYTHON),python3) --version 2>&1):" \
	"install one, or name it: make PYTHON=/path/to/python3.13" >&2; exit 2; }
	@echo "making the environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@UV_NO_WRAP=1 $(BIN)/uv sync --color never --quiet --frozen --all-extras --no-build \
	2>$(LOG) || { \
	lacking=$$(sed -nE 's/$(NO_WHEEL)/\1 \2/p' $(LOG)); \
	if [ -n "$$lacking" ]; then \
	echo "$$lacking has no wheel for $$($(BIN)/python --version) on $$(uname -sm):" \
	"name another interpreter: make PYTHON=/path/to/python3.13 (uv's words: $(LOG))"; \
	else \
	echo "the packages of uv.lock cannot be installed:" \
	"$$(sed -nE 's/^(error| *cause): //p' $(LOG) | sed '1h;$$!d;1!{H;x;s/\n/: /;}')" \
	"(all of uv's words: $(LOG))"; fi >&2; exit 2; }
	@echo "$$(cat pyproject.toml course/pyproject.toml proctor/pyproject.toml uv.lock | cksum) $(CURDIR)" > $(STAMP)
