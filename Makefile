# Every target sets up what it needs in .venv, and again only when the locked requirements change.
# Python >= 3.11 with venv is enough; uv is used where it is present (make demo UV= does without).

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
ARGS   ?=

ifeq ($(origin UV),undefined)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test crash soak lint bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo '  Arguments go in ARGS, another interpreter in PYTHON: make demo PYTHON=python3.12'

demo: $(VENV)/runtime.stamp ## a real trading session in the terminal: no token, no network
	@$(PY) -m bot demo $(ARGS)

run: $(VENV)/runtime.stamp ## the daemon (TELEGRAM_TOKEN in the environment; without it alerts are printed)
	@$(PY) -m bot run $(ARGS)

# Where a container sets it otherwise, every process of the tests would compile everything anew.
test: $(VENV)/dev.stamp ## all tests
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n 4 --dist worksteal $(ARGS)

crash: $(VENV)/dev.stamp ## a thousand kills and an hour of faults, beside the two usual ways to deliver
	@$(PY) -m tests.crash $(ARGS)
	@$(PY) -m tests.crash.faults

soak: $(VENV)/dev.stamp ## weeks of operation in minutes: what grows? (make soak ARGS='--days 28')
	@$(PY) -m tests.soak $(ARGS)

lint: $(VENV)/dev.stamp ## style, types, dependencies, Dockerfile and compose file
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m deptry .
	$(VENV)/bin/hadolint Dockerfile
	$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(VENV)/dev.stamp ## the figures of the README
	@$(PY) -m benchmarks $(ARGS)

# Constraining the second lock by the first keeps what is tested and what is run the same.
LOCK = $(UV) pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --quiet \
	--custom-compile-command 'make lock' $(ARGS)

lock: ## write the locked requirements anew (needs uv; make lock ARGS=--upgrade for newer versions)
	@test -n '$(UV)' || { echo 'make lock needs uv: https://docs.astral.sh/uv/' >&2; exit 1; }
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## remove .venv and everything built (never data/)
	rm -rf $(VENV) build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find bot tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# uv brings its own list of certificate authorities; pip and everybody behind a private one use the system's.
export UV_SYSTEM_CERTS ?= true

ifneq ($(UV),)
CREATE  = $(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
INSTALL = $(UV) pip install --quiet --python $(PY)
else
CREATE  = $(PYTHON) -m venv $(VENV)
INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check
endif

# An environment whose interpreter went away, or became another version, is made anew.
ifneq ($(shell test -e $(VENV)/runtime.stamp && { $(PY) -c 'import apscheduler' 2>/dev/null || echo broken; }),)
.PHONY: $(PY)
endif

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'targetwatch needs Python 3.11 or newer, and "$(PYTHON)" is not.' >&2; \
	  echo 'Name another one: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@rm -rf $(VENV)
	@$(CREATE) || { rm -rf $(VENV); \
	  echo 'No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(VENV)/runtime.stamp: requirements.txt pyproject.toml $(PY)
	@echo 'Setting up $(VENV); this happens once and can take a minute ...'
	@$(INSTALL) --require-hashes -r requirements.txt
	@PYTHONWARNINGS=ignore $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	@echo 'Adding what the tests need ...'
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
