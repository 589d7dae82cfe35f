# Everything that a developer or CI does. Each target does its own set-up, on a machine that has only git, make,
# python3 and root; a second run repeats no set-up. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export LC_ALL := C.UTF-8
unexport ANSIBLE_COLLECTIONS_PATH

COLLECTION := .ansible/collections/ansible_collections/openlibrary/deploy
VERSION = $(shell sed -n 's/^version: *//p' galaxy.yml)
TARBALL = build/openlibrary-deploy-$(VERSION).tar.gz
TRACKED = $(shell git ls-files --cached --others --exclude-standard -- galaxy.yml inventories/example meta playbooks plugins roles docs changelogs '*.md' LICENSE)
VENV := .venv/.complete
# The ansible-cores besides the one in .venv that the collection runs with.
CORES := $(patsubst requirements/controller-%.in,%,$(wildcard requirements/controller-*.in))
CONTROLLERS := $(CORES:%=.cache/controllers/%/.complete)
BENCH := .cache/bench/.complete

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##### Python environment

.PHONY: venv
venv: $(VENV) ## make .venv from requirements/dev.txt (by uv, versions and hashes locked)

$(VENV): requirements/dev.txt tests/tools/venv.sh
	@tests/tools/venv.sh sync

$(CONTROLLERS): .cache/controllers/%/.complete: requirements/controller-%.txt tests/tools/venv.sh
	@tests/tools/venv.sh controller $*

.PHONY: requirements
requirements: ## compile each requirements/*.in to its .txt anew
	@tests/tools/venv.sh compile

##### Lab

.PHONY: engine
engine: $(VENV) ## have a Docker engine answer (Debian's docker.io, started here, when none does)
	@python -m lab engine

.PHONY: lab
lab: $(VENV) ## bring the six lab hosts up, or repair them, and print their addresses
	@python -m lab up

.PHONY: lab-down
lab-down: $(VENV) ## remove the lab
	@python -m lab down

.PHONY: demo
demo: $(VENV) ## lab, a first deploy, a second one under load, and the count of requests lost
	@python -m lab demo

##### Bench

$(BENCH): requirements/bench.txt tests/tools/venv.sh
	@tests/tools/venv.sh bench

.PHONY: bench
bench: $(VENV) $(BENCH) ## this collection beside its peers, in a lab of its own: ROUNDS=4, LOADED=2 of them under load
	@tests/tools/packages.sh /usr/bin/cap=capistrano
	@LAB=$${LAB-i} python -m benchmarks --rounds $(or $(ROUNDS),4) --loaded $(or $(LOADED),2) $(BENCH_OPTIONS)

##### Checks, quickest first

.PHONY: unit
unit: $(VENV) ## unit tests and structure tests
	pytest --numprocesses=auto tests/unit

.PHONY: controllers
controllers: $(CONTROLLERS) ## unit tests of what meets Ansible on the controller, with each newer ansible-core
	for core in $(CORES); do \
	    .cache/controllers/$$core/bin/python -m pytest --numprocesses=auto tests/unit/test_result_names.py \
	        tests/unit/plugins/{action,callback,plugin_utils}; \
	done

.PHONY: lint
lint: $(VENV) ## ansible-lint (production), ruff, mypy
	ruff check
	ruff format --check
	mypy $(addprefix $(COLLECTION)/plugins/,module_utils plugin_utils action filter) benchmarks
	tests/tools/ansible_lint.sh

.PHONY: format
format: $(VENV) ## have ruff put the Python files into their form
	ruff check --fix-only
	ruff format

.PHONY: docs
docs: $(VENV) ## antsibull-docs and antsibull-changelog lint
	antsibull-changelog lint
	antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .

.PHONY: build
build: $(TARBALL) ## build the collection's tarball, and prove that it installs and runs elsewhere
	pytest tests/build

$(TARBALL): $(VENV) $(TRACKED)
	tests/tools/tarball.sh build

.PHONY: sanity
sanity: $(VENV) $(CONTROLLERS) ## ansible-test sanity, on a copy of the tree, with each ansible-core
	tests/tools/sanity.sh

.PHONY: integration
integration: $(VENV) ## modules against a real haproxy, Prometheus, supervisor, git and file system on this machine
	@tests/tools/packages.sh /usr/sbin/haproxy=haproxy /usr/bin/prometheus=prometheus
	pytest tests/integration

.PHONY: molecule
molecule: $(VENV) $(CONTROLLERS) ## every molecule scenario, on the hosts of as many labs as the machine bears
	@python -m tests.tools.scenarios $(SCENARIOS)

.PHONY: test
test: unit controllers lint docs build sanity integration molecule ## everything that CI runs
	@echo "make test: everything passed"

.PHONY: changelog
changelog: $(VENV) ## write CHANGELOG.md from the fragments, for the version in galaxy.yml
	antsibull-changelog release --update-existing --reload-plugins

.PHONY: clean
clean: ## remove the environment, the caches and the builds (the lab: make lab-down)
	rm -rf .venv .cache build .mypy_cache .ruff_cache .pytest_cache tests/output changelogs/.plugin-cache.yaml
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
