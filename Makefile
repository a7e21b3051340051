# The two main commands are `make demo` and `make test`. Both need Python 3.11 or newer, make and a shell, and install
# the rest. Stamp files let later runs skip what is up to date.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m config.embedded run
# What to install in the virtual environment: everything. Production's image asks only for requirements.txt.
REQUIREMENTS ?= requirements-dev.txt
# In the order of tests/journeys/conftest.py: the journeys first.
PYTEST_ARGS ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder
# What `make quick` runs: the tests that T names, or all that need neither a browser nor a server to kill.
T ?= $(PYTEST_ARGS) -m "not full and not journey and not faults"
INSTALLED := $(VENV)/.installed-$(REQUIREMENTS)
ASSETS := static/dist/sightline.css
STATIC := staticfiles/staticfiles.json
# Some settings have no safe default. These values lead nowhere, for commands that only read the settings.
NOTHING := SECRET_KEY=nothing DATABASE_URL=postgres://nothing REDIS_URL=redis://nothing \
	SITE_ADDRESS=http://nothing ALLOWED_HOSTS=nothing
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make requirements"

.PHONY: demo test full coverage quick quick-stop check bench mutants assets static install requirements requirements-listed check-code check-database clean help
.DEFAULT_GOAL := help

help:
	@echo "make demo       run Sightline with a demonstration trust (PORT=8001 for another port, RESET=1 for new data)"
	@echo "make test       run the tests, in a real browser and on real servers"
	@echo "make quick      run one module's tests in seconds: make quick T=tests/kpis/test_indicator_set.py (make quick-stop stops the servers)"
	@echo "make full       run the longest tests too"
	@echo "make coverage   run the tests and list the lines of rules, actions, queries and permissions that no test ran"
	@echo "make check      format, lint, types, import contracts, migrations and Django's own checks"
	@echo "make bench      measure speed and memory"
	@echo "make mutants    change rules one place at a time and list what no test notices (M=kpis/rules/rating.py, SAMPLE=10)"

# RESET=0 keeps the data. One plain command, or exec, so that a signal to make reaches the program.
demo: export RESET := $(filter-out 0 no,$(RESET))
demo: install static
	@$(BIN)/python -m config.embedded demo

# Tests start hundreds of processes. These lines make them compile each module once, whatever the environment says.
test full coverage quick: export PYTHONDONTWRITEBYTECODE :=
test full coverage quick: export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode

WITH_CHROMIUM := SIGHTLINE_CHROMIUM="$$($(BIN)/python -m tests.browser)" && export SIGHTLINE_CHROMIUM

test: install static
	@$(WITH_CHROMIUM) && exec $(RUN) --throwaway -- python -m pytest $(PYTEST_ARGS) -m "not full"

full: install static
	@$(WITH_CHROMIUM) && exec $(RUN) --throwaway -- python -m pytest $(PYTEST_ARGS)

# Lists the lines of rules, actions, queries and permissions that `make test` does not run. Takes half as long again.
coverage: install static
	@$(WITH_CHROMIUM) && $(RUN) --throwaway -- python -m pytest --quiet $(PYTEST_ARGS) -m "not full" \
		--cov --cov-report=json:.coverage.json --cov-report=
	@$(BIN)/python -m tests.untested .coverage.json

# The servers and the test database keep running for the next run.
quick: install static
	@exec $(RUN) --kept -- python -m pytest --quiet --reuse-db $(T)

# The servers stop after half an hour without use. This stops them now and removes their data.
quick-stop: install
	@$(BIN)/python -m config.embedded stop

bench: install static
	@$(WITH_CHROMIUM) && exec $(RUN) --throwaway -- python -m tests.bench

# All modules take more than an hour. Name some (M="kpis/rules/rating.py trusts/*.py"), or take a sample of each
# (SAMPLE=10). The same SEED takes the same sample.
mutants: install static
	@exec $(RUN) --throwaway -- nice python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(M)

check: check-code
	$(RUN) --throwaway -- $(MAKE) check-database

check-code: install
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/djangofmt --check --quiet templates
	$(BIN)/djangofmt check --quiet templates
	$(BIN)/python -m config.assets --lint
	$(NOTHING) $(BIN)/python -m mypy .
	$(BIN)/lint-imports

# Run by `check`, with the servers up. The deployment check sees the environment of docker-compose.yml.
check-database:
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py check --database default
	SITE_ADDRESS=https://sightline.example ALLOWED_HOSTS=sightline.example DEBUG= \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

install: $(INSTALLED)

$(INSTALLED): requirements-uv.txt $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Sightline needs Python 3.11 or newer, and $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.txt
	@echo "Installing $(REQUIREMENTS)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $(REQUIREMENTS)
	@touch $@

assets: $(ASSETS)

$(ASSETS): $(INSTALLED) package-lock.json static/assets.json config/assets.py $(wildcard static/css/*.scss static/css/*/*.scss)
	@echo "Building static/dist"
	@$(BIN)/python -m config.assets

# Collects every file to serve under its hashed name, compressed.
static: $(STATIC)

$(STATIC): $(ASSETS) config/settings.py $(wildcard static/js/*.js static/js/*/*.js static/img/* static/img/*/*)
	@echo "Collecting staticfiles"
	@$(NOTHING) $(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0

# Takes the newest versions that pyproject.toml and package.json allow, with their hashes.
requirements: install
	echo uv | $(COMPILE) --upgrade - --output-file requirements-uv.txt
	$(MAKE) requirements-listed UPGRADE=--upgrade
	$(BIN)/python -m config.assets --update

# For use after a change to the lists in pyproject.toml. Every version that still fits stays.
requirements-listed:
	$(COMPILE) $(UPGRADE) pyproject.toml --extra embedded --extra dev --output-file requirements-dev.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt

clean:
	rm -rf $(VENV) node_modules static/dist staticfiles .mypy_cache .ruff_cache .pytest_cache
