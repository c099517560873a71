# On a machine with only Python >= 3.11 and make: `make demo`, `make test`. Set-up happens once, by itself.
# Uses uv where it is on the path, else Python's own venv. Versions and hashes: requirements/*.txt.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python
DATA   ?= ../shared/data/detention-stats

.PHONY: demo test soak check bench figures site-zip lock fix setup setup-dev clean

demo: $(VENV)/.run        ## verdicts on real claims, offline, and their site in tallystick-demo/
	@$(BIN)/tallystick demo
	@echo "The command is $(BIN)/tallystick (or: uv tool install .  to have it everywhere)"

test: $(VENV)/.dev        ## all tests, 5 seeds per property, about 10 minutes on 2 cores
	TALLYSTICK_SEEDS=5 $(RUN) -m pytest -n 2 --dist worksteal -m "not soak"

soak: $(VENV)/.dev        ## long campaigns, full counts
	TALLYSTICK_SEEDS=200 $(RUN) -m pytest -n 2

check: $(VENV)/.dev       ## read-only: lint, types
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy

fix: $(VENV)/.dev         ## what the linter can mend
	$(BIN)/ruff check --fix src tests tools benchmarks

bench: $(VENV)/.dev       ## ratios and peak memory, side by side in one run
	$(RUN) benchmarks/read_workbooks.py $(DATA)
	$(RUN) benchmarks/read_records.py --ways ours,whole

figures: $(VENV)/.dev     ## regenerate the figures that ship, from the real workbooks
	$(RUN) tools/make_figures.py $(DATA)

site-zip: $(VENV)/.dev    ## a ready site of real figures: dist/site.zip
	$(RUN) tools/site_zip.py dist/site.zip

lock: $(VENV)/.dev        ## write requirements/*.txt anew: exact versions and hashes, no addresses
	$(RUN) tools/lock.py

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

$(VENV)/.run: requirements/run.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV) requirements/dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) tallystick-demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
