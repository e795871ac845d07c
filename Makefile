.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes

PAGE := analytics/dashboard/static/vendor

.PHONY: help install page wheel demo test browser check lint format lock audit sbom benchmark towns faults soak fuzz jersey-city clean

help: ## show this list
	@echo "pingcheng: did the truck collect on this street, in its window, and can you prove it?"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@sh deploy/make_venv.sh $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing pingcheng into $(VENV) ..."
	@$(PIP) -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the tools for tests and checks into $(VENV) ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(VENV)/.installed-dask: requirements-dask.lock $(VENV)/.installed
	@echo "installing Dask into $(VENV) ..."
	@$(PIP) -r requirements-dask.lock
	@touch $@

$(VENV)/.installed-bench: requirements-bench.lock $(VENV)/.installed-dev
	@echo "installing the peers of the benchmarks into $(VENV) ..."
	@$(PIP) -r requirements-bench.lock
	@touch $@

$(VENV)/.installed-towns: requirements-towns.lock $(VENV)/.installed-bench
	@echo "installing SUMO into $(VENV) ..."
	@$(PIP) -r requirements-towns.lock
	@touch $@

$(PAGE)/.copied: analytics/dashboard/page/package-lock.json deploy/make_page.sh | $(VENV)/.installed
	@echo "fetching the map of the live page from npm ..."
	@sh deploy/make_page.sh $(BIN) $(PAGE)

page: $(PAGE)/.copied ## fetch what the live page takes from npm

install: $(VENV)/.installed $(PAGE)/.copied ## install into .venv (then: .venv/bin/pingcheng --help)

wheel: install ## build dist/pingcheng-*.whl with the page in it, from what the locks name (for docs/deployment.md)
	@rm -rf build
	@$(BIN)/python -m pip --disable-pip-version-check --quiet wheel --no-deps --no-build-isolation --no-index --wheel-dir dist .
	@ls dist/pingcheng-*.whl

demo: install ## a simulated day of the 57 Pingcheng grids, from ping to verdict
	@$(BIN)/pingcheng demo --once

test: $(VENV)/.installed-dev $(PAGE)/.copied ## run all tests
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

browser: $(VENV)/.installed-dev $(PAGE)/.copied ## the tests in a real browser (needs chromium and fonts-noto-cjk)
	@$(BIN)/pytest -n auto --dist loadfile tests/browser

lint: $(VENV)/.installed-dev ## format, lint, types, import contracts, a test a module; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config tests/house/contracts.toml
	$(BIN)/python -m tests.house.mirror

check: lint test ## all that CI runs

format: $(VENV)/.installed-dev ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.installed-dev ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade --group pyproject.toml:build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -c requirements.lock --group pyproject.toml:build --group pyproject.toml:dev --group pyproject.toml:dask pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url -c requirements-dev.lock --group pyproject.toml:dask -o requirements-dask.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade -c requirements-dev.lock --group pyproject.toml:bench -o requirements-bench.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade --group pyproject.toml:meili -o requirements-meili.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade --group pyproject.toml:page -o requirements-page.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade -c requirements-dev.lock -c requirements-bench.lock --group pyproject.toml:towns -o requirements-towns.lock

audit: $(VENV)/.installed-dev ## known holes in what the locks hold (needs OSV and npm's registry)
	@$(BIN)/python -m tests.house.audit $(ARGS)

sbom: $(VENV)/.installed-dev ## what the locks hold, as CycloneDX, into dist/sbom
	@$(BIN)/python -m tests.house.sbom $(ARGS)

benchmark: $(VENV)/.installed-bench ## the matcher against its peers on three networks (ARGS="--peers ours,fastmm")
	@$(BIN)/python -m benchmarks.matching $(ARGS)

towns: $(VENV)/.installed-towns ## verdicts in towns that SUMO drew and drove (ARGS="--seeds 1-3 --rows sigma")
	@$(BIN)/python -m benchmarks.towns $(ARGS)

faults: $(VENV)/.installed-dev ## kills, cuts, stalls and poison against a running ingest (ARGS="--scale 0.05")
	@$(BIN)/python -m benchmarks.faults $(ARGS)

soak: $(VENV)/.installed-dev ## a simulated week in calm and in a storm of kills, cuts and full disks, compared (ARGS="--days 2")
	@$(BIN)/python -m benchmarks.soak $(ARGS)

fuzz: $(VENV)/.installed-dev ## ten million broken and hostile inputs: messages, plans, notices, requests, names (ARGS="--count 500000")
	@$(BIN)/python -m benchmarks.fuzz $(ARGS)

jersey-city: $(VENV)/.installed-dev ## a recorded day of 42 real trucks over MQTT (DATA=folder of polls.csv.gz, ways.geojson.gz)
	@$(BIN)/python -m tests.scenarios.jersey_city $(DATA)

clean: ## remove what was built or installed here
	rm -rf $(PAGE) analytics/dashboard/page/node_modules
	rm -rf $(VENV) .venv-meili build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
