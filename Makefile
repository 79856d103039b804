# Everything a person or CI runs. `make demo` and `make test` need only Python (3.11 or newer) and make.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
DEV     = $(VENV)/.installed-dev

.PHONY: help demo test check format bench profile clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMP): pyproject.toml cmp/__init__.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)   ## render both fraud-detection environments and show how they differ
	@$(BIN)/python scripts/demo.py

test: $(DEV)     ## run the tests; says which oracles and vectors it used and which it skipped
	$(BIN)/python -m pytest -q -n auto

check: $(DEV)    ## linters, type checker, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)   ## rewrite the sources in the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)  ## measure beside the real kustomize, sops and kubectl (those on PATH): docs/performance.md
	$(BIN)/python -m benchmarks.run $(BENCH)

profile: $(STAMP) ## where a render's time goes; PROFILE="objects 8000" for a family of trees, or a directory
	$(BIN)/python -m benchmarks.profiles $(PROFILE)

sbom: $(STAMP)   ## write sbom.json: a CycloneDX list of what the plugin needs, as installed
	$(BIN)/python scripts/sbom.py > sbom.json
	@echo "wrote sbom.json"

# In an environment of its own, so that the checker is no part of what it checks. Needs a network.
audit: sidecar/requirements.lock  ## check the image's pinned packages against published advisories
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement sidecar/requirements.lock

clean:           ## remove what the targets made
	rm -rf $(VENV) .venv-audit sbom.json .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
