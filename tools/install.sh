#!/usr/bin/env bash
# The one installer, called by make, CI and the Dockerfile.
#   tools/install.sh run      what the portal needs, from requirements.lock into .venv, and the extras that were once asked for
#   tools/install.sh semantic that and what finds the same meaning, from requirements-semantic.lock; from now on `run` installs it, too
#   tools/install.sh fast     the same with compiled loops, from requirements-fast.lock
#   tools/install.sh test     all of that and the tools of the tests, from requirements-dev.lock
#   tools/install.sh system   what the tests need from Debian; changes nothing unless root
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
EXTRAS="semantic fast"
TEST_LOCKS=(requirements-dev.lock requirements.lock)
BROWSERS="chromium chromium-browser google-chrome"
BROWSER_PACKAGES="chromium fonts-liberation"
# Other eyes for the documents we write, with fonts of the same widths as Word's.
OFFICE_PACKAGES="libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui fonts-crosextra-carlito fonts-crosextra-caladea"
PDF_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

check_python() {
    command -v "$PYTHON" >/dev/null || fail "Quiver needs Python 3.11 or newer. Install it with: apt-get install python3 python3-venv"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Quiver needs Python 3.11 or newer; $("$PYTHON" --version) was found. Name another one with PYTHON=..."
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null || fail "Python's venv module is missing. Install it with: apt-get install python3-venv"
}

make_environment() {
    # A folder that was moved, or whose Python is gone, cannot be mended by pip.
    if ! .venv/bin/python -c '' 2>/dev/null || [ "$(.venv/bin/python -c 'import sys; print(sys.prefix)')" != "$PWD/.venv" ]; then
        local asked extra
        asked=$(find .venv -maxdepth 1 -name 'extra-*' 2>/dev/null || true)
        "$PYTHON" -m venv --clear .venv
        for extra in $asked; do
            touch "$extra"
        done
    fi
}

wanted() {
    # What a stamp must hold: the Python, and every lock file that its environment came from or must agree with.
    .venv/bin/python --version
    sha256sum "$@"
}

write_command() {
    # The project itself is no package, so this stands in for the entry point of one.
    cat >.venv/bin/quiver <<'COMMAND'
#!/bin/sh
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
PYTHONPATH="$root" exec "$root/.venv/bin/python" -m app.ops.cli "$@"
COMMAND
    chmod +x .venv/bin/quiver
}

install_packages() {
    local files=() lock
    echo "Installing the packages of $* into .venv (about a minute) ..."
    # Either kind may change what the other one installed, so both stamps go first.
    rm -f .venv/installed-run .venv/installed-test
    for lock in "$@"; do
        files+=(-r "$lock")
    done
    # Quiet twice: errors are shown; what pip thinks of how a package is built is nothing people can act on.
    # The locks name all there should be, so nothing else comes in because a package would like it.
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --require-hashes "${files[@]}"
}

is_installed() {
    local kind=$1
    shift
    [ "$(cat ".venv/installed-$kind" 2>/dev/null)" = "$(wanted "$@")" ]
}

install_run() {
    local locks=(requirements.lock) extra
    for extra in "$@"; do
        touch ".venv/extra-$extra"
    done
    for extra in $EXTRAS; do
        [ ! -e ".venv/extra-$extra" ] || locks+=("requirements-$extra.lock")
    done
    # requirements-dev.lock holds every line of the others, which a test proves.
    if ! is_installed run "${locks[@]}" && ! is_installed test "${TEST_LOCKS[@]}"; then
        install_packages "${locks[@]}"
        wanted "${locks[@]}" >.venv/installed-run
    fi
}

install_test() {
    if ! is_installed test "${TEST_LOCKS[@]}"; then
        install_packages requirements-dev.lock
        wanted "${TEST_LOCKS[@]}" >.venv/installed-test
    fi
}

missing_packages() {
    # Debian's names of what the tests need and this machine lacks.
    local found=""
    for browser in $BROWSERS; do
        found+=$(command -v "$browser" || true)
    done
    [ -n "$found" ] || echo "$BROWSER_PACKAGES"
    command -v soffice >/dev/null || echo "$OFFICE_PACKAGES"
    .venv/bin/python -c 'import sys; from app.core.printing import missing_libraries; sys.exit(bool(missing_libraries()))' 2>/dev/null ||
        echo "$PDF_PACKAGES"
}

install_system() {
    local packages line
    packages=$(missing_packages | xargs)
    if [ -z "$packages" ]; then
        return
    fi
    line="apt-get update && apt-get install -y --no-install-recommends $packages"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing what the tests need: $line"
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086 - a list of packages
        if apt-get -qq update </dev/null && apt-get -qq install -y --no-install-recommends $packages </dev/null >/dev/null; then
            return
        fi
    fi
    printf '%s\n' "Something the tests need was not found and could not be installed. As root, run:" "    $line" \
        "Until then the tests that need it are left out; they are named at the end."
}

kind=${1:-}
case "$kind" in
    run | semantic | fast | test)
        check_python
        make_environment
        write_command
        ;;
esac
case "$kind" in
    run) install_run ;;
    semantic | fast) install_run "$kind" ;;
    test) install_test ;;
    system) install_system ;;
    *) fail "usage: tools/install.sh run|semantic|fast|test|system" ;;
esac
