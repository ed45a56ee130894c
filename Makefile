# Commands for people and machines. Everything is made in .venv and var/, nothing outside this folder.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?=
CONFIG_OPTION := $(if $(CONFIG),--config $(CONFIG))
DBT := $(BIN)/dbt
DBT_OPTIONS := --project-dir dbt_project --profiles-dir dbt_project --quiet
LOCK_OPTIONS := --generate-hashes --no-header --no-emit-index-url --no-strip-extras --no-annotate --python-version 3.11 --quiet
MODELS := $(shell find dbt_project/models dbt_project/macros reference_data/codes dbt_project/*.yml 2>/dev/null)

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := yes

.PHONY: help setup setup-dev prepare run test check format dev bench figures alarms faults pages lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@echo "== environment: creating $(VENV) from requirements.txt (hashes checked; a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@
	@echo "== environment: ready"

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	@echo "== environment: adding the tools of requirements-dev.txt"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on --require-hashes -r requirements-dev.txt
	@touch $@

dbt_project/target/manifest.json: $(VENV)/run.stamp $(MODELS)
	@echo "== models: parsing the dbt project"
	@$(DBT) parse $(DBT_OPTIONS) --no-partial-parse
	@touch $@

setup: $(VENV)/run.stamp ## create the environment
setup-dev: $(VENV)/dev.stamp ## create the environment with the development tools
prepare: dbt_project/target/manifest.json ## parse the dbt project once

run: prepare ## run the nightly (CONFIG=my.yml for your own files; without it the fictional country)
	@$(if $(CONFIG),,echo "== fictional country: made once"; $(BIN)/core20 sample)
	@echo "== nightly"
	@$(BIN)/core20 run $(CONFIG_OPTION) || { code=$$?; test $$code -eq 10 && echo "(exit code 10: published, degraded)" || exit $$code; }

test: setup-dev prepare ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: setup-dev prepare ## lint, format, types, imports, indicator metadata
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/architecture tests/unit/catalogue

format: setup-dev ## format the code
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

dev: prepare ## serve the Dagster UI on loopback
	@CORE20_CONFIG=$(abspath $(CONFIG)) $(BIN)/core20 ui $(CONFIG_OPTION)

bench: prepare ## time each layer on N million records (make bench N=2)
	@$(BIN)/core20 bench --millions $(or $(N),2)

figures: setup-dev ## write docs/reference/statistics.md: differences from the peers, time for 100,000 groups
	@$(BIN)/python -m tests.golden.figures

alarms: setup-dev ## write docs/reference/false-alarms.md from the release of the fictional country (after make run)
	@$(BIN)/python -m tests.spec.alarms

faults: setup-dev prepare ## try every fault and write docs/reference/faults.md and faults.json
	@$(BIN)/python -m tests.faults.report

pages: setup-dev ## write docs/reference/indicators from the metadata and the specifications
	@$(BIN)/python -m tests.spec.pages

lock: setup-dev ## write requirements*.txt anew from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml $(LOCK_OPTIONS) -o requirements.txt
	@uv pip compile pyproject.toml --extra postgres $(LOCK_OPTIONS) -c requirements.txt -o requirements-postgres.txt
	@uv pip compile pyproject.toml --extra dev --extra postgres $(LOCK_OPTIONS) -c requirements.txt -o requirements-dev.txt

clean: ## remove what the pipeline wrote (var/), keep the environment
	@rm -rf var dbt_project/target dbt_project/logs
