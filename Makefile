# `make run` and `make test` need Python 3.11 or newer and make; everything else they install themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= var
PORT   ?= 8765

PAGES      := $(wildcard dashboards/translations/*/LC_MESSAGES/messages.po)
AGENT      := $(wildcard agent/translations/*/LC_MESSAGES/agent.po)
CATALOGUES := $(PAGES) $(AGENT)
UPDATE     := $(BIN)/pybabel --quiet update --no-wrap --no-fuzzy-matching --ignore-obsolete

# The agent as the other systems see it: their types and constants, and nothing of Linux.
ELSEWHERE  := --no-warn-unreachable --exclude '_linux\.py$$' --package agent

.PHONY: venv run test soak lint bench lock messages clean

venv: $(VENV)/.complete $(CATALOGUES:.po=.mo)

$(VENV)/.complete: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

%.mo: %.po $(VENV)/.complete
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

run: venv
	@exec $(BIN)/dex-server up --data $(DATA) --port $(PORT) $(if $(EMPTY),,--demo)

lint: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@for system in win32 darwin; do echo "mypy for $$system"; \
	    $(BIN)/mypy --platform $$system --cache-dir .mypy_cache/$$system $(ELSEWHERE) || exit 1; \
	done

test: venv lint
	@sh tests/system_packages.sh
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

soak: venv
	@sh tests/system_packages.sh
	$(BIN)/pytest -m soak --soak

bench: venv
	$(BIN)/python -m tests.bench

lock:
	uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --all-extras -o requirements.lock
	$(BIN)/python -m tests.server_lock

# Bring new texts into the catalogues; what changed comes back marked fuzzy and is English until reviewed.
messages: venv
	$(BIN)/pybabel --quiet extract -F babel.cfg -k lazy_gettext --no-location --no-wrap \
	    --project employee-dex -o build/messages.pot .
	for po in $(PAGES); do \
	    $(UPDATE) -i build/messages.pot -o $$po -l $$(basename $$(dirname $$(dirname $$po))); \
	done
	$(BIN)/pybabel --quiet extract -F agent/language/babel.cfg --no-location --no-wrap \
	    --project employee-dex -o build/agent.pot .
	for po in $(AGENT); do \
	    $(UPDATE) --domain agent -i build/agent.pot -o $$po -l $$(basename $$(dirname $$(dirname $$po))); \
	done

clean:
	rm -rf $(VENV) var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
