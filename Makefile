# Every command sets up what it needs; Linux with Python 3.11, 3.12 or 3.13 (python3, venv, make) is enough.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
NODE := $(BIN)/python -m local.node

.DEFAULT_GOAL := help
.PHONY: help setup run first-day demo test test-all test-313 host-check check contract check-infra audit package format policy-check audit-verify audit-export state-export state-import requirements states sentences pictures bench-clips bench-workflow chaos chaos-proof bench-slack simulate-month scale scale-doc scale-counts clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/.ready: requirements-dev.txt
	@echo "set-up: Python packages into .venv"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; try: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt
	@touch $@

local/node_modules/.ready: .venv/.ready local/package.json local/package-lock.json
	@echo "set-up: Azurite and the page's packages into local/node_modules"
	@$(NODE) npm --prefix local ci --silent --no-audit --no-fund
	@touch $@

PAGE_SOURCES := $(shell find local/page -type f -not -path '*/dist/*' 2>/dev/null)
local/page/dist/.ready: local/node_modules/.ready $(PAGE_SOURCES)
	@echo "set-up: the page's bundle"
	@$(NODE) node local/page/build.mjs
	@touch $@

setup: .venv/.ready local/node_modules/.ready local/page/dist/.ready ## set everything up (the other commands do it themselves)

run: setup ## start the whole stack and print one address; SLACK=socket: with your own Slack workspace
	@$(BIN)/python -m local.run $(if $(SLACK),--slack $(SLACK)) $(ARGS)

first-day: setup ## check each step of docs/first-day.md that is done so far, and name the next one
	@$(BIN)/python -m local.first_day

demo: setup ## play the main job start to end
	@$(BIN)/python -m local.demo $(ARGS)

# Several processes, each with a stack of its own; ARGS='-n 0' runs them in this one.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: setup ## every test that Python alone can run
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-all: setup test-313 ## every test, with Chromium and ffprobe; some on Python 3.13 too, where there is one
	@ALL_TESTS=1 $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

TESTS_313 := $(wildcard tests/integration/test_clip*.py) tests/integration/test_sandbox.py tests/unit/test_clip_plan.py \
	tests/e2e/test_host_check.py
# Where there is a Python 3.13: on the path, or kept by pyenv.
PYTHON_313 = $(shell for p in python3.13 "$$(pyenv root 2>/dev/null)"/versions/3.13*/bin/python3.13; do \
	"$$p" -c '' >/dev/null 2>&1 && echo "$$p" && break; done)

VENV_313 = $(BIN)/uv venv --quiet --clear --python $(PYTHON_313) .venv313 && \
	$(BIN)/uv pip sync --quiet --python .venv313/bin/python --require-hashes requirements-dev.txt

test-313: setup ## the tests of clips and of the Functions worker on Python 3.13
	@if [ -z "$(PYTHON_313)" ]; then echo "no Python 3.13 here: the tests of clips run on $$($(BIN)/python -V) alone"; else \
	echo "the tests of clips and of the Functions worker on $$($(PYTHON_313) -V)" && $(VENV_313) && \
	.venv313/bin/python -m pytest $(PARALLEL) $(TESTS_313) -m "not ffprobe" --deselect tests/integration/test_clip_messages.py; fi

host-check: setup ## the official Functions worker indexes the app and invokes every function (needs Python 3.13)
	@if [ -z "$(PYTHON_313)" ]; then echo "make host-check needs Python 3.13, as the worker's library does"; exit 1; fi
	@$(VENV_313) && .venv313/bin/python -m local.host_check

bench-clips: setup ## check clips of over a gigabyte beside ffprobe and ffmpeg (needs ffmpeg, 25 GB, half an hour)
	@$(BIN)/python -m benchmarks.clips

bench-workflow: setup ## requests a decision and a timer run cost, and decisions a second beside the bare SDK (20 min)
	@$(BIN)/python -m benchmarks.workflow

bench-slack: setup ## acknowledgements in process, over HTTP and from a process's start, beside bare Bolt (5 min)
	@$(BIN)/python -m benchmarks.slack

contract: .venv/.ready ## every answer of the Speech stand-in against the published definitions (SPEECH_OPENAPI: their folder) and ours
	@$(BIN)/python -m tests.contract.openapi $(ARGS)

chaos: setup ## kill hosts at random under many people and bad weather, and judge what is left (15 minutes; ARGS='--seed 2')
	@$(BIN)/python -m benchmarks.chaos $(ARGS)

chaos-proof: setup ## the same, small, over 6 builds that are broken on purpose: the judge must catch each (half an hour)
	@$(BIN)/python -m benchmarks.chaos.proof $(ARGS)

simulate-month: .venv/.ready ## a virtual month of 200 deployments, ten times: the idle watch beside two plain rules (3 minutes; ARGS='--seeds 1')
	@$(BIN)/python -m benchmarks.month $(ARGS)

scale: .venv/.ready ## what 10, 1,000 and 100,000 avatars come to, and the limit that breaks first (ARGS='--avatars 5000 --live 1')
	@$(BIN)/python -m benchmarks.scale $(ARGS)

scale-doc: .venv/.ready ## write the tables of docs/scale.md anew
	@WRITE_SCALE=1 $(BIN)/python -m pytest -q tests/unit/test_scale.py

scale-counts: setup ## count anew what each kind of event costs, for `make scale` (a minute)
	@$(BIN)/python -m benchmarks.scale_counts

states: .venv/.ready ## write the tables of states and events in docs/states.md anew
	@WRITE_STATES=1 $(BIN)/python -m pytest tests/unit/test_state_tables.py

sentences: .venv/.ready ## write docs/sentences.md anew: every refusal
	@WRITE_SENTENCES=1 $(BIN)/python -m pytest -q tests/unit/test_sentences.py

pictures: setup ## take the pictures of docs/pictures anew (needs Chromium)
	@$(BIN)/python -m local.pictures

check: .venv/.ready ## ruff, pyright strict, import-linter, no secret in what git tracks
	@$(BIN)/python -m local.secret_scan
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pyright --warnings --pythonpath $(BIN)/python

check-infra: .venv/.ready ## what can be said of infra/ without Azure: syntax, settings, queues, roles, secrets
	@$(BIN)/python -m pytest tests/unit/test_infra.py

audit: setup ## known vulnerabilities in what is locked, Python and npm; what can't be looked up fails it too
	@$(BIN)/python -m local.audit
	@$(NODE) npm --prefix local audit

package: .venv/.ready ## copy what a deployment holds, and nothing else, into .local/package
	@$(BIN)/python -m local.package

OPERATE := $(if $(AVATAR),--avatar $(AVATAR)) $(if $(SETTINGS),--settings $(SETTINGS)) $(if $(ACCOUNT),--account $(ACCOUNT))

policy-check: .venv/.ready ## say what is wrong in a policy file, and what in it does nothing: FILE=policy.toml [RESOURCES=resources.toml]
	@$(BIN)/python -m shared.operating policy-check $(or $(FILE),$(error say which file: make policy-check FILE=policy.toml)) $(if $(RESOURCES),--resources $(RESOURCES))

audit-verify: .venv/.ready ## recompute the audit's hash chains: [AVATAR=name] [ACCOUNT=name or SETTINGS=local.settings.json]
	@$(BIN)/python -m shared.operating audit-verify $(OPERATE)

audit-export: .venv/.ready ## the audit as JSON Lines: [AVATAR=name] [ACCOUNT=name or SETTINGS=local.settings.json]
	@$(BIN)/python -m shared.operating audit-export $(OPERATE)

state-export: .venv/.ready ## every row of both tables into a new file: FILE=state.jsonl [ACCOUNT=name or SETTINGS=local.settings.json]
	@$(BIN)/python -m shared.operating state-export $(or $(FILE),$(error say which file: make state-export FILE=state.jsonl)) $(OPERATE)

state-import: .venv/.ready ## such a file into empty tables: FILE=state.jsonl [ACCOUNT=name or SETTINGS=local.settings.json]
	@$(BIN)/python -m shared.operating state-import $(or $(FILE),$(error say which file: make state-import FILE=state.jsonl)) $(OPERATE)

format: .venv/.ready ## let ruff fix what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml

requirements: .venv/.ready ## compile the lock files anew from pyproject.toml
	@$(COMPILE) --group local --group dev -o requirements-dev.txt
	@$(COMPILE) --constraints requirements-dev.txt -o requirements.txt  # the tests run on what is deployed

clean: ## remove what set-up and runs made
	rm -rf .venv .venv313 local/node_modules local/page/dist .local .pytest_cache .ruff_cache .hypothesis
