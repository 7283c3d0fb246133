#!/usr/bin/env bash
# Every check of the house, in one order, for `make test` and `make lint`. All of them run, so that one look shows all that is wrong.
#   tools/check.sh           static checks, then the tests; pytest's summary comes last
#   tools/check.sh lint      static checks only
# What stands in PYTEST is handed to pytest: make test PYTEST="tests/core -x"
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

failed=()

check() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

joined() {
    local IFS=,
    echo "${failed[*]:-}"
}

check "ruff check" ruff check --quiet .
check "ruff format" ruff format --quiet --check .
check "mypy" mypy
check "import contracts" lint-imports --no-logo
check "djlint" djlint --quiet --lint app/templates

if [ "${1:-}" = lint ]; then
    [ ${#failed[@]} -eq 0 ] && echo "All clean." && exit 0
    echo "Not clean: $(joined)" >&2
    exit 1
fi

echo "== pytest"
# pytest repeats the list beside its summary and fails for it
FAILED_CHECKS=$(joined)
export FAILED_CHECKS
# One process a core, each with whole files: a file's tests share what they set up, and journeys stay last.
# shellcheck disable=SC2086 - PYTEST is a list of arguments
exec python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder ${PYTEST:-}
