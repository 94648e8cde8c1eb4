# Two commands for a newcomer: `make provision` and `make test`. `make help` lists the rest.

# What a user may set: MODELS=svd,ltx  ROOT=/data/model_env  SCENARIO=build_deps  ARGS="--check --diff"  PYTHON=python3.12
MODELS ?=
ROOT ?=
SCENARIO ?=
ROWS ?=
ARGS ?=

VENV := $(CURDIR)/.venv
export PATH := $(VENV)/bin:$(PATH)
export PYTHON VENV
# Where it is set, every start of ansible-playbook would compile all of Ansible again.
unexport PYTHONDONTWRITEBYTECODE
comma := ,
SELECTION := $(if $(MODELS),-e '{"model_env_selected": ["$(subst $(comma),"$(comma) ",$(MODELS))"]}')
PLAY = ansible-playbook -i inventories/local $(SELECTION) $(if $(ROOT),-e model_env_root='$(abspath $(ROOT))') $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help preflight provision verify test lint unit fuzz e2e sanity molecule compat bench bench-envs bench-weights bench-fleet prove-weights prove-page prove-verdicts prove-vmevalkit prove-portability prove-faults prove-shared-root prove-upgrade prove-flash-attn build lock vendor clean control develop needs

help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 26

provision: control ## Build the environments on this machine (MODELS=a,b ROOT=/folder ARGS="--check --diff")
	@$(PLAY) provision.yml

preflight: control ## Say whether this machine is ready, before anything is changed
	@$(PLAY) preflight.yml

verify: control ## Prove the environments on this machine again, changing nothing
	@$(PLAY) verify.yml

test: develop ## Everything that must pass before a change lands; the end says how long each part took
	@scripts/test

needs: develop
	@scripts/browser
	@scripts/docker-engine

lint: develop ## ansible-lint (production), yamllint, ruff, bandit, pip-audit, mypy, imports between rooms, argument_specs, changelog
	@scripts/lint

unit: develop ## Unit tests, and a short run of every fuzz target (ARGS="-k name")
	@python -m pytest --numprocesses auto --dist worksteal $(ARGS) tests/unit tests/fuzz

fuzz: develop ## Hand strangers' words to every parser of what comes from outside (ARGS="--seconds 600 --target hub_listing")
	@PYTHONPATH=.collections python -m ansible_collections.portable.model_env.tests.fuzz.run $(ARGS)

e2e: develop ## provision.yml against folders of this machine, with small packages (ARGS="-k name")
	@scripts/browser
	@python -m pytest --numprocesses $$(($$(nproc) + 1)) --dist worksteal $(ARGS) tests/e2e

sanity: develop ## ansible-test sanity on a copy of the tracked files
	@scripts/sanity

molecule: develop ## All scenarios in containers, or SCENARIO=name (ARGS="--destroy never")
	@scripts/docker-engine
	@scripts/molecule $(SCENARIO) -- $(ARGS)

prove-page: develop ## Look at the page of verify.yml in a headless browser (ARGS="--page FILE --hosts N --broken N")
	@scripts/prove-page $(ARGS)

prove-verdicts: develop ## Break environments in 36 ways, and see whether verification finds each (ARGS=--without-torch)
	@python tests/prove/planted_faults.py $(ARGS)

compat: ## Unit tests, syntax and documentation under every ansible-core that is supported
	@scripts/compat

bench: bench-envs bench-weights bench-fleet ## All measurements: medians and ratios

bench-envs: develop ## Building `svd` five ways, and finding nothing to do (ARGS="--rows de")
	@python tests/bench/bench.py $(ARGS)

bench-weights: develop ## Weights against curl and the Hub's own client, and nothing to do (ARGS="--size 2048")
	@python tests/bench/hub.py $(ARGS)

bench-fleet: develop ## What runs on 12 containers and 10 and 100 simulated hosts cost the controller (ARGS="--rounds 1 --hosts 3 6")
	@scripts/docker-engine
	@scripts/bench-fleet $(ARGS)

prove-weights: develop ## Every fault, SIGKILL at 20 moments, and real clients of the Hub against the test server
	@python tests/prove/hub_clients.py
	@python tests/prove/hub_faults.py
	@python tests/prove/hub_kill.py

prove-vmevalkit: develop ## Resolve the specs of inventories/vmevalkit against the package index (ARGS="--uv FILE")
	@python tests/prove/resolve_vmevalkit.py $(ARGS)

prove-portability: develop ## Provision nodes of every kind, and show what fails on them without the rules (ROWS=tmp_small,umask)
	@scripts/docker-engine
	@ROWS='$(ROWS)' python tests/prove/portability.py $(ARGS)

prove-faults: develop ## Kill, cut and starve runs, as root, and look what survives (ROWS=installer,classes ARGS="--kills 20")
	@scripts/docker-engine
	@ROWS='$(ROWS)' python tests/prove/midrun_faults.py $(ARGS)

prove-shared-root: develop ## Six containers with one root on GlusterFS, and a holder that is suspended in each round (ARGS="--rounds 5")
	@scripts/docker-engine
	@python tests/prove/shared_root.py $(ARGS)

prove-upgrade: develop ## The story of upgrades on twelve containers over ssh, into docs/upgrades-proof.md
	@scripts/docker-engine
	@MORE_NODES=gpu_nodes UPGRADE_DOCUMENT=$(CURDIR)/docs/upgrades-proof.md scripts/molecule upgrade -- $(ARGS)

prove-flash-attn: develop ## Compile the real flash-attn in one container and use it in another (hours)
	@python tests/prove/flash_attn.py $(ARGS)

build: develop ## The collection's archive, in .build/
	@ansible-galaxy collection build --force --output-path .build

lock: develop ## Rewrite requirements/*.txt (ARGS=--upgrade)
	@scripts/lock-requirements $(ARGS)

vendor: develop ## Renew plugins/module_utils/_vendor (ARGS=VERSION)
	@scripts/vendor-packaging $(ARGS)

clean: ## Remove what these targets made here (not the environments, the images or the engine)
	@scripts/molecule --remove-nodes
	rm -rf .venv .build .ansible .mypy_cache .ruff_cache .pytest_cache .hypothesis

control:
	@scripts/venv control

develop:
	@scripts/venv develop
