# `make help` lists what there is; CI calls the same commands.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header

.PHONY: help run test check fix docs lock torture property bench bench-calls bench-receive \
	bench-drain bench-latency bench-backlog bench-retention bench-engines clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: .venv/run ## install what is needed and run receiver, worker and sandbox on this machine
	@$(BIN)/bridge run

test: .venv/dev ## install what is needed and run every test
	$(BIN)/pytest --numprocesses 3 --dist loadfile --ignore tests/contract
	$(BIN)/pytest tests/contract

check: .venv/dev ## lint, types, layers, mappings with their examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bridge check

fix: .venv/dev ## mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/run ## print anew the parts of the docs that come from the program
	$(BIN)/python -m bridge.config.page > docs/configuration.md
	$(BIN)/python -m bridge.cli.page > docs/commands.md
	$(BIN)/python -m bridge.app.documentation

torture: .venv/dev ## kill and cut everything under load, longer than the tests do, and count
	TORTURE_ROUNDS=$${TORTURE_ROUNDS:-20} $(BIN)/pytest -q \
		tests/acceptance/test_nothing_lost.py tests/acceptance/test_hard_times.py \
		tests/acceptance/test_hosts.py

bench: .venv/dev ## measure all of the delivery engine beside its targets, in two hours (ARGS=--quick)
	$(BIN)/python -m bench $(ARGS)

bench-calls: .venv/run ## count calls to Intercom per event, beside search-first tools (ARGS=--live: in real time)
	$(BIN)/python -m bench.calls $(ARGS)

bench-receive: .venv/dev ## measure the receiver beside an empty view, in some minutes (ARGS="--rounds 3")
	$(BIN)/python -m bench.receive $(ARGS)

bench-drain: .venv/dev ## measure how fast workers work off a backlog, in half an hour (ARGS="--rounds 1")
	$(BIN)/python -m bench.drain $(ARGS)

bench-latency: .venv/dev ## measure how soon an idle worker calls Intercom, and its memory (ARGS="--events 0")
	$(BIN)/python -m bench.latency $(ARGS)

bench-backlog: .venv/dev ## measure a claim with up to a million subjects waiting (ARGS="--rounds 3")
	$(BIN)/python -m bench.backlog $(ARGS)

bench-retention: .venv/dev ## measure what removing old events costs the receiver (ARGS="--events 100000")
	$(BIN)/python -m bench.retention $(ARGS)

bench-engines: .venv/dev ## compare our lanes with procrastinate and PGMQ, in a quarter of an hour
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench.engines $(ARGS)

property: .venv/dev ## try the rule of which value wins on many random histories
	PROPERTY_EXAMPLES=$${PROPERTY_EXAMPLES:-2000} $(BIN)/pytest -q \
		tests/integration/handlers/test_rule.py

lock: .venv/dev ## lock the requirements anew
	$(COMPILE) --upgrade pyproject.toml -o requirements.txt
	$(COMPILE) --upgrade --extra dev pyproject.toml -o requirements-dev.txt

clean: ## remove what was installed and made up here (not the database)
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "python3-venv is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into .venv, this once"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python requirements.txt pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
