# make app        installs what is needed and opens the web app on http://localhost:8501, for this
#                 computer only; with access.toml, `make app ADDRESS=0.0.0.0` for others
# make demo-data  puts a demonstration month of a store into data/store.sqlite
# make test       installs what is needed and runs the linter, the type checker and the tests
# make quick      runs the linters and the fast tests, in a minute
# make lock       brings uv.lock and requirements*.txt up to date with pyproject.toml
# make messages   adds new words of the code to the catalogues of the other languages
PYTHON ?= python3
ADDRESS ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
# uv installs, where there is one: it is faster than pip, which compiles what it installs unasked.
UV := $(shell command -v uv)
INSTALL = $(if $(UV),$(UV) pip install --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check) --quiet

# A file's tests stay in one process, so that each server is started once. Tests start many
# processes: the code is compiled for all of them, even where Python was told not to keep it.
PYTEST = PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: app demo-data test quick lint all-tests fast-tests lock messages install install-dev install-cpu clean
.DELETE_ON_ERROR:

app: install
	$(BIN)/streamlit run serve.py --server.port 8501 --server.address $(ADDRESS)

demo-data: install
	$(BIN)/python -m age_model demo-data

# The linters use one core; the tests begin meanwhile.
test: install-dev
	@$(MAKE) --no-print-directory --jobs 2 lint all-tests

quick: install-dev
	@$(MAKE) --no-print-directory --jobs 2 lint fast-tests

all-tests: install-dev
	$(PYTEST)

fast-tests: install-dev
	$(PYTEST) -m "not slow and not browser"

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: install-dev
	$(BIN)/uv lock
	$(BIN)/python -m tools.requirements

messages: install
	$(BIN)/python -m age_model.i18n.extract

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

# The small pair without CUDA (200 MB in place of 3 GB), for machines without an NVIDIA card.
install-cpu: $(BIN)/python
	$(INSTALL) $$(sed -nE 's/^(torch(vision)?==[^ ;\\]+).*/\1/p' requirements.txt) \
		--index-url https://download.pytorch.org/whl/cpu
	$(INSTALL) -r requirements-cpu.txt
	@touch $(VENV)/.installed

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python is missing: install Python 3.11 or newer, or run 'make app PYTHON=/path/to/python3'." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version 2>&1) is too old: install Python 3.11 or newer, or run 'make app PYTHON=/path/to/python3.11'." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing: on Debian and Ubuntu, install the package python3-venv." >&2; \
		exit 1; }

$(VENV)/.installed: requirements.txt $(BIN)/python
	@echo "Installing; the first time takes a few minutes."
	$(INSTALL) -r requirements.txt
	@touch $@

# The tools are compiled as they are used: that is a part of them, and takes half a minute for all.
$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(subst --compile-bytecode ,,$(INSTALL)) -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .cache .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
