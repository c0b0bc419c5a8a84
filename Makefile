# Everything a newcomer or a machine needs; each word works alone and makes .venv by itself.
# Override from outside: make test PYTHON=python3.12 VENV=../venv TORCH_INDEX=

VENV ?= .venv
# The first Python that is new enough; macOS ships an old one under the plain name.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# PyPI's torch for Linux brings several GB of CUDA; this index has the CPU build. Empty for PyPI's.
ifeq ($(shell uname -s),Linux)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
endif

RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.ready-docs
FUZZ_READY := $(VENV)/.ready-fuzz

# An index that does not answer would cost pip minutes of retries, so it is asked once, for 5 s.
PROBE = import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/torch/", timeout=5)
torch_index = $(if $(TORCH_INDEX),$(shell $(RUN) -c '$(PROBE)' '$(TORCH_INDEX)' 2>/dev/null \
	&& echo --extra-index-url '$(TORCH_INDEX)'))

.PHONY: help setup check test bench docs demo fuzz web format clean

help:
	@echo "make demo    colour bundled photographs at once, then fit the model to them (minutes)"
	@echo "make test    run the tests"
	@echo "make check   lint, format, types, import floors, dependencies"
	@echo "make docs    build the documentation into site/"
	@echo "make bench   the benchmarks; they need PHOTOCHROM_DATA"
	@echo "make web     build the page of the web app anew; needs Node.js 20"
	@echo "make fuzz    feed every reader changed bytes, a minute each"
	@echo "make setup   make $(VENV) alone; make clean removes it and all that was built"

setup: $(READY)

$(READY): pyproject.toml
	@test -n '$(PYTHON)' || { echo 'photochrom needs Python 3.11 or newer' >&2; exit 1; }
	$(PYTHON) -m venv '$(VENV)'
	$(RUN) -m pip install --quiet --upgrade 'pip>=25.1'
	# In two steps: what tests need beside it must not make pip look for another torch.
	$(RUN) -m pip install --quiet $(torch_index) --editable '.[train,s3,cluster,app]'
	$(RUN) -m pip install --quiet --group dev
	@touch $@

$(DOCS_READY): $(READY)
	$(RUN) -m pip install --quiet --group docs
	@touch $@

check: $(READY)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry src

# Side by side, each file in one process; more than four would only take memory.
test: $(READY)
	$(RUN) -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

demo: $(READY)
	$(RUN) examples/demo.py

# A minute for every target; FUZZ_SECONDS=600 make fuzz takes ten. Findings are kept in fuzz/findings.
FUZZ_SECONDS ?= 60
$(FUZZ_READY): $(READY)
	$(RUN) -m pip install --quiet --group fuzz
	@touch $@

fuzz: $(FUZZ_READY)
	$(RUN) -m fuzz.run --seconds $(FUZZ_SECONDS)

docs: $(DOCS_READY)
	$(RUN) -m mkdocs build --strict

bench: $(READY)
	@if test -z "$$PHOTOCHROM_DATA"; then \
		echo 'make bench is skipped: PHOTOCHROM_DATA names no folder of photographs'; \
	else \
		set -e; for script in benchmarks/[a-z]*.py; do \
			name=$$(basename "$$script" .py); echo "== benchmarks.$$name"; \
			$(RUN) -m benchmarks.$$name; \
		done; \
	fi

web: web/node_modules
	cd web && npm run check && npm run build

web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

format: $(READY)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:
	rm -rf '$(VENV)' build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
