# Every target does the set-up it needs; the second time that costs nothing to speak of.
# Kept to what GNU make 3.81 understands, which is the one on macOS.

.PHONY: help setup packages smoke test lint types selftests faults-core faults bench allure clean

# Bytecode caching off makes every pytest process rewrite its plugins' assertions anew.
RUN = env -u PYTHONDONTWRITEBYTECODE .venv/bin

help: ## Show what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  ARGS="…"            further pytest arguments, for smoke and selftests'
	@echo '  SANDBOX_FAULTS=a,b  what shall be broken in the sandbox that smoke runs against'
	@echo '  PACE=demo           how long its work takes: instant, brisk, demo, realistic'
	@echo
	@echo '  make ends with 2 whatever went wrong. Where the verdict must be told from the exit'
	@echo '  code (0 GO, 1 NO-GO, 20 ROLLBACK, 30 BLOCKED), call scripts/smoke instead.'

setup: ## Prepare the virtual environment, the packages and a browser
	@scripts/setup

packages:
	@scripts/setup --no-browser

smoke: ## Run the smoke checks against the sandbox and write the execution record
	@code=0; scripts/smoke || code=$$?; echo "verdict exit code $$code"; exit $$code

test: setup lint types selftests faults-core ## Check the project itself: lint, types, self-tests

lint: packages ## Check style and formatting, and the workflows
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/zizmor --offline --no-progress --quiet --strict-collection .github
	@$(RUN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

types: packages ## Check types, strictly
	@$(RUN)/mypy

selftests: setup ## Run the tests of the machinery, the record and the sandbox
	@$(RUN)/pytest selftests/unit selftests/plugin selftests/repo -n 2 $(ARGS)
	@# What these all look at is made once, by as many processes as a workflow has jobs.
	@$(RUN)/pytest selftests/workflows $(ARGS)
	@# The stand-in mends moto for its whole process, which the probes' own tests must not see.
	@$(RUN)/pytest selftests/sandbox -n 2 $(ARGS)

faults-core: setup ## Turn every item of the checklist red once
	@FAULTS_CORE=1 $(RUN)/pytest selftests/faults selftests/locators -m faults -n 4 --dist worksteal $(ARGS)

faults: setup ## Prove the kill matrices: the checks against each fault of the sandbox
	@$(RUN)/pytest selftests/faults selftests/locators -m faults -n 4 --dist worksteal $(ARGS)

bench: setup ## Measure how long things take
	@$(RUN)/python -m bench $(ARGS)

allure: packages ## Build Allure's page from the latest run, or from ARGS=reports/<run id>
	@$(RUN)/python -m scripts.allure_report $(ARGS)

clean: ## Remove everything that was made, but for the records under reports/
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
