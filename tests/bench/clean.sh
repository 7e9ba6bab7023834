#!/usr/bin/env bash
# Compares clean-local-images with the script that it replaces, side by side in one
# run on the machine's Docker Engine, and shows how its cost grows.
#
#   bash tests/bench/clean.sh [-n RUNS] [--no-build] [SECTION...]
#
# Sections: removal growth containerd (default: all). Images are generated under a
# name that nobody else has, and removed again. Progress goes to standard error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=/dev/null
source "${TIDEGATE_TOOLS:-target/tools}/env" ||
    { echo "clean.sh: the tools are missing: run bash .ci/setup" >&2; exit 2; }

arguments=()
building=yes
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then building=no; else arguments+=("$argument"); fi
done
if [ "$building" = yes ]; then cargo build --release --locked -p tidegate-clean-local-images; fi

exec "$TIDEGATE_TEST_VENV/bin/python" -B tests/bench/clean.py "${arguments[@]}"
