# make demo: set up and judge the embedded server.  make test: set up and run all that has to be green.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SCIMMY := .cache/scimmy/.installed

.PHONY: demo test lint types check bench matrix docs clean

demo: $(STAMP)
	@$(BIN)/scim-conformance demo

test: lint types check

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: $(STAMP) $(SCIMMY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -q

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]' --group dev
	@touch $@

# A server of npm's to run against. Without npm there is no stamp, and its test is skipped.
$(SCIMMY): tests/servers/scimmy/package.json tests/servers/scimmy/package-lock.json
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(@D) && touch $@; \
	else echo 'npm is not installed: the run against scimmy is skipped'; fi

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

docs: $(STAMP)
	@$(BIN)/python -m conformance.coverage docs/requirements.md

matrix: $(STAMP)
	@$(BIN)/python -m tests.matrix

clean:
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache dist build
