# Verbs for people and for CI; `make` alone lists them. Nothing here names a package mirror: pip and apt use the host's.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APT := DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300
BROWSER := chromium-headless-shell fonts-noto-cjk
OFFICE := libreoffice-calc-nogui
ROWS ?= 5000000
ONLY ?=
ARGS ?=
SAMPLE ?= 300
SEED ?= 1
MINUTES ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check cluster test fuzz cluster-tests lint browser screenshots pictures film bench rows office mutants clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Install everything for working on cityops into .venv (quick the second time)

demo: $(VENV)/.runtime ## Run the whole platform with a simulated city on this machine; ARGS="--dashboard-port 8060" are options
	$(BIN)/cityops demo $(ARGS)

demo-check: $(VENV)/.runtime ## Run the demo, check that its numbers arrive on the screen, and stop
	$(BIN)/cityops demo --check

cluster: $(VENV)/.cluster ## The same on three brokers, two databases and two of each part, for a trial: kill what you like
	$(BIN)/cityops demo --cluster --history 2 $(ARGS)

test: setup browser lint ## Run all checks and tests, as CI does
	$(BIN)/pytest --numprocesses 4 --dist loadfile # each process has servers of its own; four fill the waits of two cores

fuzz: setup browser ## Let tests of arbitrary input think of new input, which `make test` does not
	$(BIN)/pytest --hypothesis-profile explore -k "fuzz or any_text or schemathesis or outside_the_scope"

cluster-tests: setup browser ## Kill brokers, databases, parts and proxy under load, and count what was lost: a quarter of an hour
	$(BIN)/pytest -m cluster

lint: setup ## Run the checks that need no server: style, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: setup browser ## Take the pictures from a running demo; LOGIN=… PASSWORD=… of an account for the whole city, OFFICER=… SECRET=…
	$(BIN)/python -m docs.screenshots.take $(LOGIN) $(PASSWORD) $(OFFICER) $(SECRET)

pictures: setup browser ## Draw the wall's pictures from made-up states, the same each time; ARGS=FOLDER draws every scene and size there too
	$(BIN)/python docs/screenshots/draw.py $(ARGS)

film: setup browser ## Film the storm in its browser test, from rain to closed case and in the time machine, for the documents
	$(BIN)/pytest -q --film docs/screenshots/storm.webp tests/flow/test_closed_loop.py

bench: setup ## Measure; ONLY=mqtt measures one subject, ARGS="--export-rows 50000000" another size
	$(BIN)/python -m bench $(ONLY) $(ARGS)

rows: setup ## Export five million readings and compare each row, as others read it, with the database's; ROWS=200000 is quicker
	$(BIN)/python -m bench.rows --rows $(ROWS)

office: setup ## Open files in LibreOffice, installed where we are root, and compare each cell that it saw with what was written
	@command -v soffice >/dev/null || { $(call debian,$(OFFICE),Opening files in LibreOffice); }
	$(BIN)/python -m bench.office

mutants: setup ## Break domain and services in SAMPLE places and list where no test notices; ONLY=domain/state, SEED=2
	$(BIN)/python -m bench.mutants --only "$(ONLY)" --sample $(SAMPLE) --seed $(SEED) --minutes $(MINUTES)

clean: ## Remove .venv and the tools' caches (data and downloaded servers stay)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis

# Debian packages: installed where we are root, else named.
# $(call debian,PACKAGES,PURPOSE)
define debian
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		$(APT) update && $(APT) install --no-install-recommends $(1); \
	else \
		echo "$(2) needs the packages $(1). Run: sudo apt-get update && sudo apt-get install $(1)" >&2; exit 1; \
	fi
endef

browser: ## Install Debian's Chromium and Chinese fonts for the browser tests, where missing
	@for package in $(BROWSER); do \
		dpkg-query --show --showformat '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed && continue; \
		$(call debian,$(BROWSER),The browser test); break; \
	done

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "cityops needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call debian,python3-venv,A virtual environment); }
	@echo "Making $(VENV): a place for Python packages that touches nothing else"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the packages that cityops runs with into $(VENV): a minute or two the first time"
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.cluster: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the packages that cityops runs with, and those for a cluster, into $(VENV): a minute or two the first time"
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[cluster]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.dev: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing the packages for working on cityops into $(VENV): a minute or two the first time"
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.runtime $(VENV)/.cluster
