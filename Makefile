# make demo: set up and judge the embedded server.  make test: set up and run all that has to be green.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.demo
STAMP := $(VENV)/.installed
SCIMMY := .cache/scimmy/.installed
OLD := .cache/scim2-server-0.1.5/.installed
DJANGO := .cache/django-scim2/.installed
BETTER_AUTH := .cache/better-auth/.installed
SAML_JACKSON := .cache/saml-jackson/.installed
DJANGO_SERVER := .cache/django-scim2-server/.installed
# Their wheels name a great deal that their SCIM does without: what it needs is listed, and nothing else is installed.
BARE := .cache/open-webui/.installed .cache/mlflow-oidc-auth/.installed
AXE := .cache/axe/.installed

# The tests start the command hundreds of times: none of those processes compiles the modules anew.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/pycache

.PHONY: demo test fast format lint types check bench bench-cycle bench-load matrix servers torture audit docs clean

demo: $(DEMO)
	@$(BIN)/scim-conformance demo

test: lint types check

# Before each commit: lint, types, and the tests of what is changed, in less than a minute.
fast: lint types
	@$(BIN)/python -m tests.changed

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: $(STAMP) $(SCIMMY) $(BETTER_AUTH) $(OLD) $(DJANGO) $(AXE)
	$(BIN)/python -m pytest -n 3 --dist worksteal -q --durations=25

# What the demo needs, and beside it the tools of development.
$(DEMO): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(STAMP): $(DEMO)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

# What comes from npm: a server to run against, and axe-core. Without npm there is no stamp, and their tests are skipped.
$(SCIMMY): tests/servers/scimmy/package.json tests/servers/scimmy/package-lock.json
$(BETTER_AUTH): tests/servers/better-auth/package.json tests/servers/better-auth/package-lock.json
$(SAML_JACKSON): tests/servers/saml-jackson/package.json tests/servers/saml-jackson/package-lock.json
$(AXE): tests/browser/package.json tests/browser/package-lock.json
$(SCIMMY) $(BETTER_AUTH) $(SAML_JACKSON) $(AXE):
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(@D) && touch $@; \
	else echo 'npm is not installed: the tests that need $(@D) are skipped'; fi

# Servers of PyPI's, each in an environment of its own. Without its stamp, the test of a server is skipped.
$(OLD): tests/servers/scim2-server/requirements.txt
$(DJANGO): tests/servers/django-scim2/requirements.txt
$(DJANGO_SERVER): tests/servers/django-scim2-server/requirements.txt
.cache/open-webui/.installed: tests/servers/open-webui/requirements.txt
.cache/mlflow-oidc-auth/.installed: tests/servers/mlflow-oidc-auth/requirements.txt
$(BARE): export PIP_NO_DEPS := 1
$(OLD) $(DJANGO) $(DJANGO_SERVER) $(BARE):
	@mkdir -p $(@D)
	@if $(PYTHON) -m venv $(@D) && $(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<; then touch $@; \
	else echo '$(@D) could not be installed: the run against it is skipped'; fi

bench: $(STAMP)
	@$(BIN)/python -m tests.bench

bench-cycle: $(STAMP)
	@$(BIN)/python -m tests.bench.cycle

bench-load: $(STAMP)
	@$(BIN)/python -m tests.bench.load

docs: $(STAMP)
	@$(BIN)/python -m conformance.commands.pages docs

matrix: $(STAMP)
	@$(BIN)/python -m tests.matrix

# All real servers that the tests run against, the heavy ones too.
servers: $(SCIMMY) $(BETTER_AUTH) $(SAML_JACKSON) $(OLD) $(DJANGO) $(DJANGO_SERVER) $(BARE)

torture: $(STAMP) servers
	@$(BIN)/python -m tests.torture

# Known weaknesses of what is installed here; what cannot be looked up is a failure too.
audit: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	@$(BIN)/pip-audit --strict --skip-editable --path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

clean:
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache dist build
