# Two commands do everything: `make demo` and `make test`; `make test-platforms` asks the programs that our files
# and numbers are meant for. Recipes quote every path, so a folder name may hold a space.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench fuzz reference lock docs test-platforms

demo: $(VENV)/ready
	"$(BIN)/coprod" demo

# Two processes share two cores: BLAS threads of their own would only wait for each other.
test test-platforms: export OPENBLAS_NUM_THREADS := 1
test: $(VENV)/ready
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/python" -m pytest -n 2

bench: $(VENV)/ready
	"$(BIN)/python" -m benchmarks

# Ten minutes of attacks at every place where text from outside comes in, other ones each time: `make fuzz MINUTES=1
# SEED=7` chooses. The seed is printed; what is found is printed with the numbers that do it again.
fuzz: export OPENBLAS_NUM_THREADS := 1
fuzz: $(VENV)/ready
	PYTHONPATH=tests "$(BIN)/python" -m fuzz --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))
	COPROD_FUZZ_EXAMPLES=$(or $(EXAMPLES),100) "$(BIN)/python" -m pytest tests/responses/test_read_fuzzed.py \
	  tests/responses/test_exports_fuzzed.py tests/responses/test_clean_fuzzed.py tests/drafting/test_draft_fuzzed.py

reference: $(VENV)/ready
	"$(BIN)/python" tests/reference/regenerate.py

# The environment is rebuilt when the pins change; the package itself is linked, so code changes need no rebuild.
$(VENV)/ready: requirements.lock pyproject.toml
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --require-hashes -r requirements.lock
	"$(BIN)/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch "$@"

LOCKED := --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -q
# Needs uv; writes hashes for every platform and no index address.
lock:
	uv pip compile pyproject.toml --group dev $(LOCKED) -o requirements.lock
	uv pip compile --group docs $(LOCKED) -o requirements-docs.lock

# What needs R, Node, Java or a browser, and what takes long; installs what is missing.
test-platforms: $(VENV)/ready
	platforms/install.sh
	"$(BIN)/python" -m pytest -n 2 --dist loadgroup -m "platform or slow" tests

# The site, in build/site: the pages of docs/, what the project itself knows, and the reports of the demo.
docs: $(VENV)/ready $(VENV)-docs/ready
	"$(BIN)/python" -m coprod_measure.cli.reference > docs/reference/command-line.md
	"$(BIN)/coprod" demo --out build/reports
	NO_MKDOCS_2_WARNING=1 "$(VENV)-docs/bin/mkdocs" build --strict --quiet --site-dir build/site

$(VENV)-docs/ready: requirements-docs.lock
	"$(PYTHON)" -m venv "$(VENV)-docs"
	"$(VENV)-docs/bin/python" -m pip install --quiet --require-hashes -r requirements-docs.lock
	touch "$@"
