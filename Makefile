.DEFAULT_GOAL := help
.PHONY: help install init migrate revision merge rebase upgrade downgrade plan status resume repair current history heads stamp sql \
	check lint-revisions baseline schema test test-unit lint bench db-start db-stop clean

PYTHON ?= python3
VENV := .venv/bin/python

# The user's text goes to the scripts in the environment, unexpanded: neither make nor a shell
# finds a $, a quote or a backtick in it. Make would expand what it exports by itself.
unexport m rev from rename drop fill head splice branch depends_on empty
export STILLROOM_MESSAGE = $(value m)
export STILLROOM_REV = $(value rev)
export STILLROOM_FROM = $(value from)
export STILLROOM_RENAME = $(value rename)
export STILLROOM_DROP = $(value drop)
export STILLROOM_FILL = $(value fill)
export STILLROOM_HEAD = $(value head)
export STILLROOM_SPLICE = $(value splice)
export STILLROOM_BRANCH = $(value branch)
export STILLROOM_DEPENDS_ON = $(value depends_on)
export STILLROOM_EMPTY = $(value empty)
GIVEN := $(foreach name,DB_URL DB_DRIVER DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME CONFIRM ALLOW_LOCK,\
	$(if $(filter command line,$(origin $(name))),$(name)))
$(foreach name,$(GIVEN),$(eval override export $(name) := $$(value $(name))))

help: ## show this
	@$(PYTHON) scripts/show_help.py

install: ## make the virtual environment and install the git hooks
	@$(PYTHON) scripts/install.py

.venv/ready: requirements/runtime.txt $(VENV)
	@$(PYTHON) scripts/install.py

.venv/ready-dev: requirements/runtime.txt requirements/dev.txt $(VENV)
	@$(PYTHON) scripts/install.py --dev

# Counts as new if it is gone, or a link to a Python that is gone; then .venv is made anew.
$(VENV): ;

init: .venv/ready ## create what is missing of alembic/ and alembic.ini
	@$(VENV) scripts/init_alembic.py

migrate: .venv/ready ## bring this database up to date; m="…" first writes the revision
	@$(VENV) scripts/migrate_database.py

revision: .venv/ready ## m="…": write the revision that the models need
	@$(VENV) scripts/make_revision.py

merge: .venv/ready ## m="…": join the heads of the history in one revision
	@$(VENV) scripts/merge_heads.py

rebase: .venv/ready ## [head=…]: move unpushed revisions behind the other head
	@$(VENV) scripts/rebase_heads.py

upgrade: .venv/ready ## [rev=head]: run the revisions up to rev
	@$(VENV) scripts/upgrade_database.py

downgrade: .venv/ready ## rev=…: go back to base, a revision, -1, -2 …
	@$(VENV) scripts/downgrade_database.py

plan: .venv/ready ## [rev=head from=…]: print what is to come, running nothing
	@$(VENV) scripts/print_plan.py

status: .venv/ready ## show where the database is, and what is wrong
	@$(VENV) scripts/show_status.py

resume: .venv/ready ## finish a half-applied revision
	@$(VENV) scripts/resume_upgrade.py

repair: .venv/ready ## show a half-applied revision, to decide about it
	@$(VENV) scripts/repair_database.py

current: .venv/ready ## show the revision that the database is at
	@$(VENV) scripts/show_current.py

history: .venv/ready ## list all revisions
	@$(VENV) scripts/show_history.py

heads: .venv/ready ## show the newest revision
	@$(VENV) scripts/show_heads.py

stamp: .venv/ready ## rev=…: say which revision the database is at, running none
	@$(VENV) scripts/stamp_database.py

sql: .venv/ready ## [rev=head from=…]: print what is to come as a script
	@$(VENV) scripts/print_sql.py

check: .venv/ready ## fail when the models need a revision that does not exist
	@$(VENV) scripts/check_revision.py --worktree

lint-revisions: .venv/ready ## tell what the staged revisions will do
	@$(VENV) scripts/lint_revisions.py

baseline: .venv/ready ## accept today's differences of models and revisions
	@$(VENV) scripts/write_baseline.py

schema: .venv/ready ## [rev=head]: print the tables at rev, from a replay
	@$(VENV) scripts/print_schema.py

test: .venv/ready-dev ## run all tests, on real servers too
	@$(VENV) -m pytest --cov --numprocesses auto --maxprocesses 4

test-unit: .venv/ready-dev ## run the tests that need no server
	@$(VENV) -m pytest -m "not server"

lint: .venv/ready-dev ## check style, types and layers
	@$(VENV) -m pre_commit run --all-files --hook-stage manual

bench: .venv/ready-dev ## measure, as ratios against the alternatives
	@$(VENV) -m benchmarks

db-start: .venv/ready ## start a private MariaDB or MySQL; prints its DB_URL
	@$(VENV) scripts/start_server.py

db-stop: .venv/ready ## stop it; the data stay
	@$(VENV) scripts/stop_server.py

clean: ## remove the virtual environment and all caches; no data
	@$(PYTHON) scripts/install.py --clean
