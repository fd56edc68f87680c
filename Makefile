# Every target makes what it needs, the virtual environment included.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test unit servers integration coverage lint format bench dist lowest clean

demo: $(READY)  ## a Swift cluster, an S3 endpoint and the daemon, at work
	$(BIN)/swift-s3-sync demo

test: lint unit integration

unit: $(READY)
	$(BIN)/coverage run -m nose2 -s test/unit -t .
	@$(BIN)/coverage report --skip-covered --fail-under=95 \
		--include='container_crawler/*,s3_sync/model/*,s3_sync/config/*'

servers: $(READY)  ## the S3 servers of the tests, in $$SWIFT_S3_SYNC_CACHE
	$(BIN)/python -m test.servers fetch

integration: $(READY) servers
	$(BIN)/python -m test.parallel

coverage: unit
	$(BIN)/coverage report --skip-covered --show-missing

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lowest:  ## the tests with the oldest accepted versions of what we depend on
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet --upgrade pip uv
	.venv-lowest/bin/uv pip install --quiet --resolution lowest-direct \
		--python .venv-lowest/bin/python --editable '.[test]'
	.venv-lowest/bin/nose2 -s test/unit -t .
	.venv-lowest/bin/nose2 test.integration.test_demo test.integration.test_status

bench: $(READY)
	$(BIN)/python -m bench

dist: $(READY)
	$(BIN)/python -m build

$(READY): pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "swift-s3-sync needs Python 3.10 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install -qq --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
