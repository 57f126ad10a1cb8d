# A machine needs Python 3.11 (or newer) and make; everything else is set up in .venv on first use.
# Another interpreter: make run PYTHON=/path/to/python3.12      Arguments for pytest: make test ARGS="-k checkout"

UV_VERSION = 0.13.9
VENV = .venv
PY = $(VENV)/bin/python
# One more than processors: tests also wait, for processes that they start and kill.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# In the order of pytest.ini: the files that take longest come first, so that the workers end together.
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Every command starts Python processes, each of which would compile Django anew: 6 s of processor instead of none.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL = help
.PHONY: help setup run demo test check openapi bench clean gate-benchmarks gate-types gate-demo gate-typescript gate-project

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.installed-dev ## install what development and tests need, and make the keys that manage.py works with
	@$(PY) -m config.launcher.kept

run: $(VENV)/.installed ## serve the platform (PORT=8000 PRINTSHOP_PORT=5000 DATA_DIR=var)
	@exec $(PY) -m config.launcher

demo: $(VENV)/.installed-dev ## play the platform's stories against a fresh copy of it
	@exec $(PY) -m tests.demo $(ARGS)

test: $(VENV)/.installed-dev ## run the tests (ARGS= for pytest)
	@exec $(PYTEST) $(ARGS)

bench: $(VENV)/.installed-dev ## run every benchmark in bench/ (ARGS=--smallest: within seconds each)
	@exec $(PY) -m bench $(ARGS)

openapi: $(VENV)/.installed-dev ## write the OpenAPI documents anew
	@$(EMBEDDED) $(PY) -m tests.openapi --write

clean: ## remove the installation, caches and the embedded data
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the gate
# Nothing of the caller's environment reaches these commands but what finds programs.
CLEAN = env -i PATH="$$PATH" HOME="$$HOME" LANG="$${LANG:-C.UTF-8}"
EMBEDDED = mkdir -p var/check; $(CLEAN) DEBUG=1 DATA_DIR=var/check
PRODUCTION = $(CLEAN) DEBUG=0 DATA_DIR=var/check \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
	FIELD_ENCRYPTION_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(32))')" \
	ALLOWED_HOSTS=atelier.example FRONTEND_URL=https://atelier.example PUBLIC_URL=https://atelier.example \
	DATABASE_URL=postgres://atelier:word@localhost/atelier REDIS_URL=redis://localhost:6379/0 \
	AWS_STORAGE_BUCKET_NAME=atelier AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=word \
	EMAIL_URL=smtp+tls://user:word@localhost:587 STRIPE_SECRET_KEY=sk_live_word STRIPE_WEBHOOK_SECRET=whsec_word

# $(call step,name,command): says its name before and its time after; a failure stops the gate.
define step
	@echo "==> $(1)"; began=$$(date +%s); $(2) || { echo "==> $(1) FAILED after $$(( $$(date +%s) - began )) s"; exit 1; }; \
	echo "    $(1): $$(( $$(date +%s) - began )) s"
endef

check: $(VENV)/.installed-dev ## the gate: style, types, imports, deploy check, migrations, API documents and clients, benchmarks, tests
	$(call step,ruff,$(PY) -m ruff check --output-format concise .)
	$(call step,format,$(PY) -m ruff format --check --output-format concise .)
	@mkdir -p var/check
	@$(MAKE) --no-print-directory -j 2 gate-benchmarks gate-types gate-demo gate-typescript gate-project
	@echo "==> tests"
	@exec $(PYTEST) -q

# Two of these at a time: each waits often, and shows only what it found.
gate-benchmarks:
	$(call step,benchmarks,$(CLEAN) $(PY) -m bench --smallest > var/check/bench.log 2>&1 || { cat var/check/bench.log; false; })
gate-types:
	$(call step,mypy,$(EMBEDDED) $(PY) -m mypy)
gate-demo:
	$(call step,demo,$(CLEAN) $(PY) -m tests.demo > var/check/demo.log 2>&1 || { cat var/check/demo.log; false; })
gate-project:
	$(call step,imports,$(VENV)/bin/lint-imports)
	$(call step,deploy check,$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING)
	$(call step,migrations,$(EMBEDDED) $(PY) manage.py makemigrations --check --dry-run)
	$(call step,OpenAPI documents,$(EMBEDDED) $(PY) -m tests.openapi)
# The packages are installed with the caller's environment, which may say how they are reached.
gate-typescript:
	$(call step,TypeScript,mkdir -p var/check && $(PY) -m tests.typescript.packages && { $(CLEAN) $(PY) -m tests.typescript > var/check/typescript.log 2>&1; \
		played=$$?; cat var/check/typescript.log; test $$played = 0; })

# ---------------------------------------------------------------- installation
$(VENV)/bin/uv:
	@found=""; for python in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11, 3.12 or 3.13 is needed. Name one with: make PYTHON=/path/to/python3.11"; exit 1; fi; \
	echo "Setting up $(VENV) with $$($$found --version)"; \
	$$found -m venv $(VENV) || { echo "The venv module does not work. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# What is large of what every process of the platform imports. Compiled on all processors, once, it is not compiled by
# each process of the first start.
COMPILED = $(addprefix $(VENV)/lib/python3*/site-packages/, \
	django rest_framework drf_spectacular unfold numpy faiss PIL redis psycopg celery kombu click prompt_toolkit \
	botocore boto3 s3transfer urllib3 requests werkzeug uvicorn websockets sqlparse structlog yaml) \
	config accounts marketplace jobs commerce community printshop adminpanel

$(VENV)/.installed: requirements.txt | $(VENV)/bin/uv
	@echo "Installing what the platform needs"
	@$(VENV)/bin/uv pip install --quiet --python $(PY) -r requirements.txt
	@echo "Compiling it"
	@$(PY) -m compileall -q -j 0 -x '/(tests?|locale)/' $(COMPILED)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(VENV)/.installed
	@echo "Installing what development and tests need"
	@$(VENV)/bin/uv pip install --quiet --python $(PY) -r requirements-dev.txt
	@touch $@
