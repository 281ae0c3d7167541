# `make run` serves, `make test` tests; both create the environment that they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PORT ?= 8000
N ?= 1000000
EXAMPLES ?= 100
MINUTES ?= 10
# A process for each core, each with its own database. Some tests open sixteen connections, and PostgreSQL allows a hundred.
SIDE_BY_SIDE := --numprocesses logical --maxprocesses 4 --dist worksteal
COVERED := seed/*,client/*,core/*,job_types/*,errors/*,workspaces/*,files/*,jobs/*,recipes/*,metrics/*,pages/*,audit/*,catalogue/*,idempotency/*,takeover/*

COMPILE := pip compile --quiet --no-strip-extras --generate-hashes --python-version 3.11 --no-emit-index-url

# Beside the service runs what stores the load once a minute, and ends with it. BESIDE may be a program that runs the
# server and something more.
define SERVE
echo "Serving http://127.0.0.1:$(PORT)/ (API document: /v6/docs/, admin: /admin/); end with Ctrl-C."; \
( $(BIN)/python manage.py sample --forever & while kill -0 $$$$ 2>/dev/null; do sleep 1; done; kill $$! 2>/dev/null ) & \
BIND=127.0.0.1:$(PORT) exec $(BESIDE) $(BIN)/python -m gunicorn
endef

# New tokens for the agent of the demo and for who creates its jobs, in files that only their owner can read.
define DEMO_TOKENS
umask 077; mkdir -p var/agent; \
for one in operator:Operators worker:Workers; do \
	account=demo-$${one%:*}; \
	$(BIN)/python manage.py tokens revoke --user $$account >/dev/null 2>&1; \
	$(BIN)/python manage.py tokens create $$account --group $${one#*:} --name "make demo AGENT=1" \
		| tail -n 1 >var/agent/$${one%:*}-token; \
done
endef

# An environment in which pip does not run was made halfway, or its Python is gone: it is made again.
ENVIRONMENT = $(BIN)/python -m pip --version >/dev/null 2>&1 || \
	{ echo "Making the environment in $(VENV) ..."; $(PYTHON) -m venv --clear $(VENV); }
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run demo dist preflight ready test test-sqlite test-postgres coverage test-browser screenshots test-load test-attacks test-images test-agent soak test-contract bench bench-agent bench-takeover bench-peers bench-compare charts check format requirements clean models

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ready ## serve on 127.0.0.1, port PORT or 8000, on SQLite unless DATABASE_URL says otherwise
	@$(SERVE)

demo: BESIDE = $(if $(AGENT),$(BIN)/python -m agent.demo --port $(PORT) --)
demo: ready $(if $(AGENT),$(VENV)/agent-ready) ## serve the same way, with job types and three days of jobs to look at; with AGENT=1, an agent runs some more with Docker or Podman
	@$(BIN)/python manage.py load_demo
	@$(if $(AGENT),$(DEMO_TOKENS))
	@$(SERVE)

# The models of the SDK, from the API document, in $(VENV)/models.py; pyproject.toml says how.
MODELS = ENV_FILE= $(BIN)/python manage.py spectacular --format openapi-json --file $(VENV)/openapi.json && \
	$(BIN)/datamodel-codegen --input $(VENV)/openapi.json --output $(VENV)/raw-models.py && \
	$(BIN)/ruff format --stdin-filename client/models.py - < $(VENV)/raw-models.py > $(VENV)/models.py

# What is wrong is shown before anything is installed or changed; and what no longer works is installed again.
preflight:
	@$(PYTHON) -m scale.preflight '$(PORT)'
	@$(BIN)/python -c 'import django' 2>/dev/null || rm -f $(VENV)/run-ready $(VENV)/agent-ready $(VENV)/test-ready

ready: preflight $(VENV)/run-ready
	@$(BIN)/python manage.py write_env
	@$(BIN)/python manage.py bootstrap --workspace workspace_1 --workspace workspace_2 --operator operator

test: test-sqlite test-postgres ## run the whole suite on SQLite and on PostgreSQL

test-sqlite: $(VENV)/test-ready
	@echo "== The suite on SQLite"
	@env -u DATABASE_URL $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(PYTEST_ARGS)

test-postgres: $(VENV)/test-ready
	@echo "== The suite on PostgreSQL"
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(PYTEST_ARGS)

coverage: PYTEST_ARGS += --cov --cov-report=
coverage: test-postgres ## run the suite on PostgreSQL, and show how much of the code it covers, 95 % at least; takes two thirds longer
	@$(BIN)/coverage report --include='$(COVERED)' --fail-under=95

test-browser: $(VENV)/test-ready ## test the pages in a real browser, with WALK=all each page as each kind of account; needs Debian's chromium
	@env -u DATABASE_URL $(BIN)/python -m pytest tests/browser

screenshots: $(VENV)/test-ready ## shoot the pages that docs/screenshots has, with the data of the demo
	@env -u DATABASE_URL $(BIN)/python -m pytest tests/browser/screenshots.py

test-load: $(VENV)/test-ready ## test a server under the load of many clients, and kill it under load; four minutes, one each WORKER_SECONDS (60) and PROMETHEUS_SECONDS (60); needs Debian's prometheus and postgresql
	@env -u DATABASE_URL $(BIN)/python -m pytest -s tests/load/test_kill.py tests/load/test_ending.py tests/load/test_start.py tests/load/test_holding.py
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -s tests/load

test-attacks: $(VENV)/test-ready ## attack a server and nginx before it; needs Debian's nginx-light, openssl, libfaketime; ATTACK_SECONDS (60) for each long one
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -s tests/attacks

test-images: $(VENV)/test-ready ## run Seed images with a real Docker Engine, Podman and registry, four minutes; as root, which installs what is missing
	@$(BIN)/python -m tests.images.packages
	@env -u DATABASE_URL $(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(IMAGES_ARGS) tests/images

test-agent: $(VENV)/test-ready ## let two agents do AGENT_JOBS (200) jobs with real engines, while all that may end is killed; as root, which installs what is missing
	@$(BIN)/python -m tests.agents.packages
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(AGENT_ARGS) tests/agents

soak: $(VENV)/test-ready ## run sixteen clients for MINUTES (10), while the database and workers are stopped and killed
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.load.soak --minutes $(MINUTES)

test-contract: $(VENV)/test-ready ## test a running service against its own API document, EXAMPLES (100) for each operation
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.contract --examples $(EXAMPLES) $(CONTRACT_ARGS)

bench: $(VENV)/test-ready ## measure every endpoint over N jobs (1000000), in a PostgreSQL that it starts itself
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks --jobs $(N) $(BENCH_ARGS)

bench-agent: $(VENV)/test-ready ## measure an agent with a real Docker Engine, JOBS (200) at once, beside a loop of docker run; as root
	@$(BIN)/python -m tests.agents.packages
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks.agent --jobs $(or $(JOBS),200) $(BENCH_ARGS)

bench-takeover: $(VENV)/test-ready ## measure a takeover of 1,000 job types and N jobs (1000000), in a PostgreSQL that it starts itself
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks.takeover --jobs $(N) $(BENCH_ARGS)

bench-peers: $(VENV)/test-ready $(PEERS)/ready ## measure procrastinate, PgQueuer and Celery beside this service, in one run; needs Debian's redis-server, which root installs
	@command -v redis-server >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server; }
	@$(BIN)/python -m tests.postgres $(BIN)/python -m tests.benchmarks.peers --peers $(PEERS)/bin/python $(BENCH_ARGS)

bench-compare: $(VENV)/test-ready ## show what changed between two results of bench: OLD=file NEW=file
	@$(BIN)/python -m tests.benchmarks.compare $(OLD) $(NEW)

charts: $(VENV)/test-ready ## draw the charts of docs/performance.md from the results of bench, bench-peers and --growth in var/
	@$(BIN)/python -m tests.benchmarks.charts

check: $(VENV)/test-ready ## check lint, format, types, layers, migrations, settings, API document
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	ENV_FILE= $(BIN)/python manage.py makemigrations --check --dry-run
	ENV_FILE= $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@$(MODELS)
	@cmp $(VENV)/models.py client/models.py || { echo "client/models.py is not what the API document says: run make models."; exit 1; }
	env ENV_FILE= DJANGO_SETTINGS_MODULE=scale.settings.production ALLOWED_HOSTS=scale.example.com ALLOWED_HOST_MOUNTS=/data \
		$$(ENV_FILE= $(BIN)/python manage.py write_env --print | tr -d "'") \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

models: $(VENV)/test-ready ## make the models of the SDK, client/models.py, from the API document
	@$(MODELS)
	@mv $(VENV)/models.py client/models.py

format: $(VENV)/test-ready ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: ## make dist/*.whl of the commands seed and scale, for pip or pipx install
	@$(ENVIRONMENT)
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

requirements: ## pin what the requirements*.in list, with hashes
	@$(ENVIRONMENT)
	@$(PIP) uv==0.13.9
	for name in requirements requirements-otel requirements-agent requirements-dev requirements-peers; do \
		UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv $(COMPILE) $$name.in --output-file $$name.txt || exit 1; \
	done

clean: ## remove the environment and all caches; the database and .env stay
	rm -rf $(VENV) $(PEERS) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/run-ready: requirements.txt
	@$(ENVIRONMENT)
	@echo "Installing what the service runs on (a minute, once) ..."
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(VENV)/agent-ready: requirements-agent.txt
	@echo "Installing what the agent runs on (a minute, once) ..."
	@$(PIP) --require-hashes -r requirements-agent.txt
	@touch $@

$(VENV)/test-ready: requirements-dev.txt
	@$(ENVIRONMENT)
	@echo "Installing what the tests need (a minute or two, once) ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/run-ready $(VENV)/agent-ready

# An environment of their own: what they need would stand beside what the service is tested with.
$(PEERS)/ready: requirements-peers.txt
	@echo "Installing the other queues (a minute, once) ..."
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.txt
	@touch $@
