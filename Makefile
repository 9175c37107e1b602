# Faasm: one command each. `make` alone builds; `make help` lists the rest.
BUILD ?= build
JOBS ?= $(shell nproc)
SPEC_TESTS ?= ../shared/spec-tests
export CC = clang-19

CONFIGURE = cmake -G Ninja -S . -Wno-dev

.DEFAULT_GOAL := all
.PHONY: help packages configure all test spec demo bench fmt lint asan tsan fuzz fuzz-diff clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

packages: ## install what is missing from Debian
	@tools/install-packages.sh

configure: packages
	@[ -f $(BUILD)/build.ninja ] || $(CONFIGURE) -B $(BUILD) >/dev/null

all: configure ## build everything into build/
	@ninja -C $(BUILD) -j $(JOBS) --quiet

test: all ## run every test
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS)

spec: all ## run WebAssembly's own test suite (SPEC_TESTS=folder)
	@$(BUILD)/tests/spec_runner --suite $(SPEC_TESTS) --codegen $(BUILD)/bin/faasm-codegen

demo: all ## the main job, from nothing: write, compile, upload, invoke, chain
	@FAASM_BUILD_DIR=$(abspath $(BUILD)) examples/demo.sh

bench: all ## measure (ONLY=pattern for some, KERNELS=names, ROUNDS=n); writes build/bench.json
	@KERNELS="$(KERNELS)" ROUNDS="$(ROUNDS)" FAASM_BUILD_DIR=$(abspath $(BUILD)) bench/run.sh "$(ONLY)"

fmt: ## format the C code
	@git ls-files '*.c' '*.h' | xargs clang-format -i

lint: all ## clang-format, clang-tidy and cppcheck; warnings are errors
	@tools/lint.sh $(BUILD)

asan: packages ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@[ -f $(BUILD)-asan/build.ninja ] || $(CONFIGURE) -B $(BUILD)-asan -DFAASM_SANITIZE=address,undefined >/dev/null
	@ninja -C $(BUILD)-asan -j $(JOBS) --quiet
	@cd $(BUILD)-asan && ctest --output-on-failure -j $(JOBS)

tsan: packages ## the unit tests of threaded rooms under ThreadSanitizer
	@[ -f $(BUILD)-tsan/build.ninja ] || $(CONFIGURE) -B $(BUILD)-tsan -DFAASM_SANITIZE=thread >/dev/null
	@ninja -C $(BUILD)-tsan -j $(JOBS) --quiet
	@cd $(BUILD)-tsan && ctest --output-on-failure -R 'unit/(base|state|store|runtime|server/loops)'

fuzz: packages ## run the libFuzzer targets (SECONDS_EACH=60)
	@[ -f $(BUILD)-fuzz/build.ninja ] || $(CONFIGURE) -B $(BUILD)-fuzz -DFAASM_FUZZ=ON >/dev/null
	@tools/fuzz.sh $(BUILD)-fuzz

fuzz-diff: all ## N modules, random and mutated, here and in node (SEED=1; KEEP=1: minimise mismatches into tests/diff)
	@tools/fuzz-diff.sh $(BUILD) $(or $(N),200) $(or $(SEED),1)

clean: ## remove all builds
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz
