# Everything a person or CI runs. `make demo` and `make test` need only Python (3.11.5 or newer) and make.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
DEV     = $(VENV)/.installed-dev
PYTEST  = $(BIN)/python -m pytest -q $(PYTEST_ARGS)

# The one place that states the version.
VERSION   = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' cmp/__init__.py)
# Where and with which extras `make install` installs.
PREFIX   ?= $(HOME)/.local
EXTRAS   ?= validate,registries
IMAGE    ?= mlops-cmp
ENGINE   ?= docker
# What `make quick` runs: folders whose tests start no process, or few; and what it leaves out of them: servers, many renders, bombs.
QUICK     = age diff gates kustomize kustomize_patches models regex render sops tree validate yaml
QUICK_NOT = kustomize/test_aliasing kustomize/test_budget models/test_adopt models/test_after_upgrade models/test_commands \
            models/test_mlflow_server models/test_*registry* models/test_update_model_config sops/test_keyservice
# How much `make soak` runs: SOAK=1000 for a tenth of it.
SOAK     ?= 10000

.PHONY: help install uninstall docs demo quick test test-long test-again image-test e2e soak check format bench profile lock image wheel sbom audit clean

help:            ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMP): pyproject.toml cmp/__init__.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install:         ## both commands, completion and manual pages below PREFIX (~/.local), in an environment of their own
	$(PYTHON) scripts/install.py install --prefix "$(PREFIX)" --extras "$(EXTRAS)"

uninstall:       ## remove what `make install` made
	$(PYTHON) scripts/install.py uninstall --prefix "$(PREFIX)"

demo: $(STAMP)   ## render both fraud-detection environments and show how they differ
	@$(BIN)/python scripts/demo.py

quick: $(DEV)    ## the tests that need neither processes, real tools nor many random examples
	$(PYTEST) -n auto --hypothesis-profile quick -m "not slow and not oracle and not shared" $(QUICK:%=tests/%) \
	  $(QUICK_NOT:%=--ignore-glob='tests/%.py')

test: $(DEV)     ## run the tests; says which oracles and vectors it used and which it skipped
	$(PYTEST) -n auto -m "not image and not cluster and not long"

test-long: $(DEV) ## the long tests that `make test` leaves out: whole jobs, installs, releases, every overlay through every server
	$(PYTEST) -n auto -m "long and not image and not cluster"

test-again: $(DEV) ## run only the tests that failed last time, one after the other
	$(PYTEST) --last-failed --last-failed-no-failures none

image-test: $(DEV) ## build the image from Debian's packages and test it; needs root, buildah, podman, runc, mmdebstrap
	$(PYTEST) tests/image

# Its Argo CD and Kubernetes come from scripts/oracles.py cluster. Logs and a JUnit file are in build/.
e2e: $(DEV)      ## the plugin in a whole Argo CD on a real Kubernetes API server; needs root and what image-test needs
	E2E_LOGS=build/e2e-logs $(PYTEST) tests/e2e --junitxml=build/e2e.xml

# Each line compares with a real tool or throws hostile bytes; all of them take hours.
soak: $(DEV)     ## each guard removed in turn, and the long random runs; SOAK=10000 trees of each sort
	$(BIN)/python scripts/mutations.py
	$(BIN)/python -m fuzzing.run --count $(SOAK) --trees layers
	$(BIN)/python -m fuzzing.run --count $(SOAK) --trees writers
	$(BIN)/python -m fuzzing.run --count $(SOAK) --trees kinds
	$(BIN)/python -m fuzzing.run --count $(SOAK) --trees mutants
	$(BIN)/python -m fuzzing.hostile --count $(SOAK)
	CMP_RANDOM_CHAINS=$(SOAK) CMP_SOPS_DOCUMENTS=$$(( $(SOAK) / 20 )) $(PYTEST) -n auto \
	  tests/fuzzing/test_chains.py tests/sops/test_oracle.py tests/sops_write/test_oracle.py
	CMP_MANY_RENDERS=$$(( $(SOAK) / 50 )) $(PYTEST) -s tests/cli/test_many.py
	$(BIN)/python -m fuzzing.growth
	$(BIN)/python -m fuzzing.growth --late
	$(BIN)/python scripts/soak.py $(SOAK)

check: $(DEV)    ## linters, type checker, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)   ## rewrite the sources in the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)    ## measure beside the real kustomize, sops, kubectl (those on PATH) and argocd-cmp-server: docs/performance.md
	$(BIN)/python -m benchmarks.run $(BENCH)

profile: $(STAMP) ## where a render's time goes; PROFILE="objects 8000" for a family of trees, or a directory
	$(BIN)/python -m benchmarks.profiles $(PROFILE)

lock: $(STAMP)   ## write sidecar/requirements.lock anew: today's versions, wheels by hash
	$(BIN)/python scripts/lock.py

image:           ## build the image with ENGINE=docker (or podman); IMAGE=registry.company.com/platform/mlops-cmp
	$(ENGINE) build --file sidecar/Dockerfile --tag $(IMAGE):$(VERSION) --build-arg VERSION=$(VERSION) \
	  --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(TZ=UTC0 git log -1 --format=%cd --date=iso-strict-local) \
	  $(IMAGE_ARGS) .

wheel: $(DEV)    ## write dist/*.whl: the same commit, the same bytes
	$(BIN)/python scripts/wheel.py

sbom: $(DEV)     ## write sbom.json: a CycloneDX list of what the image installs
	$(BIN)/python scripts/sbom.py
	@echo "wrote sbom.json"

# In an environment of its own, so that the checker is no part of what it checks. Needs a network.
docs: $(DEV)     ## the site, in build/site; fails on a dead link
	$(BIN)/mkdocs build

audit: sidecar/requirements.lock  ## check the image's pinned packages against published advisories
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement sidecar/requirements.lock

clean:           ## remove what the targets made
	rm -rf $(VENV) .venv-audit sbom.json .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
