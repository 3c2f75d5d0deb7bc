# Each target works alone on a fresh clone: it makes .venv, installs the locked versions and runs.
PYTHON ?= python3
PIP = PIP_CONSTRAINT=$(CURDIR)/requirements.lock .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check docs pictures mutants lock clean

demo: .venv/core.stamp  ## solve the fixture of the routing table's fourth row
	@.venv/bin/lotroute demo

test: .venv/dev.stamp  ## the test suite
	.venv/bin/python -m pytest -q -n auto --dist worksteal

check: .venv/dev.stamp  ## lint, format, types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

docs: .venv/dev.stamp  ## write the tables of fields and what examples print into docs/, and build the guide from it
	.venv/bin/python tests/support/field_tables.py
	.venv/bin/python tests/support/guide_examples.py
	.venv/bin/python -m sphinx -W --keep-going -q -b html -d build/docs-trees docs build/docs
	@echo "the guide is build/docs/index.html"

pictures: .venv/dev.stamp  ## draw the pictures of the guide again
	.venv/bin/python tests/support/guide_pictures.py

mutants: .venv/dev.stamp  ## put faults into a room one by one, and print those that its tests do not notice
	@$(PIP) -e '.[mutants]'
	.venv/bin/python tests/support/mutants.py $(or $(ROOM),models/wash_sales) --sample $(or $(SAMPLE),100)

lock: .venv/dev.stamp  ## renew requirements.lock from the floors in pyproject.toml, for all supported Pythons
	$(PIP) uv
	.venv/bin/uv pip compile pyproject.toml --extra mutants --universal --no-annotate --no-header --upgrade -o requirements.lock

clean:
	rm -rf .venv build dist *.egg-info

.venv/core.stamp: pyproject.toml requirements.lock
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "installing lotroute into .venv"
	@$(PIP) -e .
	@touch $@

.venv/dev.stamp: .venv/core.stamp
	@echo "installing the development tools into .venv"
	@$(PIP) -e '.[dev]'
	@touch $@
