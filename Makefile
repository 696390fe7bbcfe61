# One word per chore. `make demo` and `make test` do everything on a fresh machine: a venv in .venv, the packages,
# and the Debian packages they need (installed when run as root, named otherwise).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# The wire tests keep time with real telephones: no more workers than the two cores they are meant to fit on.
# A file stays in one worker, with the bridge it started. `make test ARGS="-n 0 -s …"` runs in one process.
PARALLEL ?= -n 2 --dist loadfile --no-loadscope-reorder

# Strangers the wire tests speak with, and what they look and listen with.
TEST_DEBS := sip-tester baresip linphone-cli kamailio rtpengine-daemon chromium fonts-noto-cjk espeak-ng sox \
	libjemalloc2 postgresql
MODEL_DEBS := espeak-ng libfst-tools libfst22-plugins-base

.PHONY: help demo test lint fmt types bench fuzz diagrams screenshots model clean debs-test debs-model

help:
	@echo '一个词一件事: make demo | test | lint | fmt | types | bench | fuzz | diagrams | screenshots | model | clean'
	@echo '演示一次就结束: make demo ARGS=--once      只跑一部分测试: make test ARGS=tests/calls'

demo: $(VENV)/.demo
	@$(BIN)/python -m bridge demo $(ARGS)

test: $(VENV)/.dev debs-test
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.dev debs-test
	@$(BIN)/python tests/bench $(ARGS)

fuzz: $(VENV)/.dev
	@$(BIN)/python -c 'import atheris' 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@$(BIN)/python -m tests.fuzz $(ARGS)

diagrams: $(VENV)/.demo
	@for mode in direct conference consult; do \
	  $(BIN)/python -c 'import sys; from bridge.calls.transfer import Mode, diagram; print(diagram(Mode(sys.argv[1])))' \
	    $$mode > docs/transfer-$$mode.mmd; done
	@$(BIN)/python -c 'from bridge.handling.table import diagram; print(diagram())' > docs/handling.mmd

screenshots: $(VENV)/.dev debs-test
	@$(BIN)/python -m tests.screenshots $(ARGS)

model: $(VENV)/.train debs-model
	$(BIN)/python -m asr.training build --out asr/models/demo $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo '需要 Python 3.11 或更新；用 make PYTHON=/路径/python3.12 … 指定'; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo '不能建虚拟环境；Debian 上请先安装 python3-venv: apt-get install python3-venv'; exit 1; }

# Each stamp is as old as its packages: a changed pyproject.toml installs anew.
$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	@echo '正在安装 Python 包（只在第一次，约一分钟）……'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[phones]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo '正在安装 Python 包和测试工具（只在第一次）……'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[phones,dev]'
	@touch $@ $(VENV)/.demo

# The CPU build of torch is enough: the model has half a million parameters.
$(VENV)/.train: pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
	@touch $@

debs-test:
	@$(call debs,$(TEST_DEBS))

debs-model:
	@$(call debs,$(MODEL_DEBS))

define debs
missing=; for name in $(1); do \
  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$name"; \
done; \
if [ -z "$$missing" ]; then :; \
elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
  echo "正在安装 Debian 包:$$missing"; \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
else \
  echo "缺少 Debian 包:$$missing —— 请用 root 运行: apt-get install$$missing （缺少的对手的测试会跳过）"; \
fi
endef
