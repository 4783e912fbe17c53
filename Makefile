.DEFAULT_GOAL := help
VERBS := init adopt migrate revision merge rebase squash upgrade downgrade plan status doctor resume repair current \
	history heads stamp sql check lint-revisions report compatible baseline schema diagram pages snapshot diff load fleet completion db-start db-stop
FLEET := fleet-upgrade fleet-plan fleet-status fleet-resume fleet-downgrade
TARGETS := help install $(VERBS) $(FLEET) test test-unit coverage lint docs bench clean
.PHONY: moved $(TARGETS)

PYTHON ?= python3
VENV := .venv/bin/python
# One environment for all targets of a run: with -j, another would replace it while it is in use.
READY := .venv/ready$(if $(filter test test-unit coverage lint bench,$(MAKECMDGOALS)),-dev)
# Programs in .venv name the folder that they were installed in: where it was moved, it is made anew.
PLACE := $(shell tail -n 1 .venv/ready 2>/dev/null)
MOVED := $(if $(and $(findstring $(CURDIR),$(PLACE)),$(findstring $(PLACE),$(CURDIR))),,moved)

# The user's text goes to the verbs in the environment, unexpanded: neither make nor a shell finds
# a $, a quote or a backtick in it. Make would expand what it exports by itself.
TEXTS := m db rev from rename drop default fill head splice branch depends_on empty steps contract done not_done \
	accept_edit forget all explain format dry_run yes target without stamp rows full to \
	write without_models base models engine tables output database action waves parallel per_host on_error pause check window shard with shell sizes quiet verbose
unexport $(TEXTS)
$(foreach name,$(TEXTS),$(eval export STILLROOM_$(name) = $$(value $(name))))
GIVEN := $(foreach name,DB_URL DB_DRIVER DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME \
	LINT_URL SCRATCH_URL REPLICA_URLS CONFIRM ALLOW_LOCK CONTRACT,\
	$(if $(filter command line,$(origin $(name))),$(name)))
$(foreach name,$(GIVEN),$(eval override export $(name) := $$(value $(name))))

# For a TAB behind `make`, bash asks for .DEFAULT and fish for a colon, to read what make then prints.
UNKNOWN := $(firstword $(filter-out $(TARGETS) .venv/% .DEFAULT :,$(MAKECMDGOALS)))
# The first word may be mistyped; a later one may be meant as an argument.
NEAR = $(if $(filter $(UNKNOWN),$(firstword $(MAKECMDGOALS))),$(shell $(PYTHON) -c 'import difflib, sys;\
	print(*difflib.get_close_matches(sys.argv[1], sys.argv[2:], 1))' '$(subst ','\'',$(UNKNOWN))' $(TARGETS)))
NOTHING_DONE = nothing was done: there is no target '$(UNKNOWN)'. $(if $(NEAR),Did you mean\
	`make $(NEAR)`?,Arguments have names, as in `make upgrade rev=head` or `make revision m="add a column"`)
$(if $(UNKNOWN),$(error $(NOTHING_DONE)))

help $(VERBS) $(FLEET): export PYTHONPATH := scripts$(if $(PYTHONPATH),:$(PYTHONPATH))

help: ## show this; also: stillroom VERB --help
	@$(PYTHON) -m stillroom
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-22s  %s\n", $$1, $$2}' Makefile

install: ## make .venv and install the git hooks
	@$(PYTHON) scripts/install.py

.venv/ready: requirements/runtime.txt $(VENV) $(MOVED)
	@$(PYTHON) scripts/install.py

.venv/ready-dev: requirements/runtime.txt requirements/dev.txt $(VENV) $(MOVED)
	@$(PYTHON) scripts/install.py --dev

# Counts as new if it is gone, or a link to a Python that is gone; then .venv is made anew.
$(VENV) moved: ;

# -P: a folder of the project, such as alembic/, hides no library.
$(VERBS): $(READY)
	@$(VENV) -P -m stillroom $@

$(FLEET): export STILLROOM_action = $(@:fleet-%=%)
$(FLEET): $(READY)
	@$(VENV) -P -m stillroom fleet

test: .venv/ready-dev ## run all tests, on real servers too
	@$(VENV) -m pytest --numprocesses auto --maxprocesses 4

# For who works on Stillroom itself, as `make help` is full: test-unit runs the tests that need no
# server; coverage runs all tests and shows the lines that none has reached; lint checks style, types
# and layers; docs builds the documentation in .stillroom/docs; bench measures, as ratios against the
# alternatives.
test-unit: .venv/ready-dev
	@$(VENV) -m pytest -m "not server"

coverage: .venv/ready-dev
	@$(VENV) -m pytest --cov --numprocesses auto --maxprocesses 4

lint: .venv/ready-dev
	@$(VENV) -m pre_commit run --all-files --hook-stage manual

docs:
	@$(PYTHON) scripts/docs.py

bench: .venv/ready-dev
	@$(VENV) -m benchmarks

clean: ## remove .venv and all caches, but no data
	@$(PYTHON) scripts/install.py --clean
