#!/usr/bin/env bash
# Compares a release, and its parts, with the programs that it replaces: side by
# side in one run, alternating, on servers that this script starts on loopback.
#
#   bash tests/bench/release.sh [-n RUNS] [--no-build] [SECTION...]
#
# Sections: release uploads listing tags startup (default: all). Progress goes to
# standard error. What is measured and what came of it: docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=/dev/null
source "${TIDEGATE_TOOLS:-target/tools}/env" ||
    { echo "release.sh: the tools are missing: run bash .ci/setup" >&2; exit 2; }

build() {
    cargo build --release --locked --bins --workspace
    cargo build --release --locked -p tidegate-registry-pypi --example upload --example list_versions
    cargo build --release --locked -p tidegate-registry-dockerhub --example retag --example list_digests
    cargo build --release --locked -p tidegate-rehearsal --example serve_index
}

arguments=()
building=yes
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then building=no; else arguments+=("$argument"); fi
done
if [ "$building" = yes ]; then build; fi

exec "$TIDEGATE_TEST_VENV/bin/python" -B tests/bench/run.py "${arguments[@]}"
