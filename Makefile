# `make run` checks the midterm, `make test` passes the tests; both set up what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lint types pytest format stress bench clean

run: $(READY)
	$(BIN)/examgrad check problems/deep-learning-midterm/answers.yaml --exit-zero

test: lint types pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

pytest: $(READY)
	$(BIN)/pytest -n auto

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stress: $(READY)
	EXAMGRAD_EXAMPLES=100000 $(BIN)/pytest -n auto -k properties

bench: $(READY)
	$(BIN)/python tests/benchmarks/startup.py
	$(BIN)/python tests/benchmarks/reading.py
	$(BIN)/python tests/benchmarks/equality.py
	$(BIN)/python tests/benchmarks/rates.py
	$(BIN)/python tests/benchmarks/layers.py
	$(BIN)/python tests/benchmarks/matrix.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("examgrad needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m compileall -q examgrad
	touch $(READY)
