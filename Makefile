# `make run` and `make test` need Python 3.11 or newer and make; everything else they install themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= var
PORT   ?= 8765

.PHONY: venv run test soak lint bench lock clean

venv: $(VENV)/.complete

$(VENV)/.complete: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: venv
	@exec $(BIN)/dex-server up --data $(DATA) --port $(PORT) $(if $(EMPTY),,--demo)

lint: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: venv lint
	@sh tests/system_packages.sh
	$(BIN)/pytest

soak: venv
	@sh tests/system_packages.sh
	$(BIN)/pytest -m soak --soak

bench: venv
	$(BIN)/python -m tests.bench

lock:
	uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --all-extras -o requirements.lock

clean:
	rm -rf $(VENV) var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
