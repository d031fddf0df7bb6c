# The province's three habits: plan, bring up, verify. `make help` lists the targets.
PROVINCE ?= hoa-binh
PROVDC   := .venv/bin/provdc
PYTHON   := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup up plan check test e2e down bench lock clean

help:  ## this list
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## make .venv, and the lab's Debian packages when root
	@bootstrap/setup

up: ## plan, bring up the slice in the lab, configure, verify, report
	@bootstrap/setup --lab
	@$(PROVDC) up --province $(PROVINCE)

plan: setup ## the planning half: needs neither root nor podman
	@$(PROVDC) plan --province $(PROVINCE)

check: setup ## static checks and unit tests, under five minutes
	@$(PYTHON) -m tests.gate check

test: ## everything, the lab included, under thirty minutes
	@bootstrap/setup
	@$(PYTHON) -m tests.gate test

e2e: ## only the tests that bring up real machines
	@bootstrap/setup --lab
	@$(PYTHON) -m tests.gate e2e

down: ## take the lab away
	@$(PROVDC) down --province $(PROVINCE)

bench: setup ## the figures of docs/benchmarks.md
	@$(PYTHON) -m tests.benchmarks all

lock: ## renew requirements.lock
	@.venv/bin/python -m uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev --extra bench --extra scip pyproject.toml -o requirements.lock

clean: ## remove generated state (not while the lab is up: make down first)
	@rm -rf .provdc .mypy_cache .ruff_cache .import_linter_cache
