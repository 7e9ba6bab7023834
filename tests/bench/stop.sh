#!/usr/bin/env bash
# Compares stop-compose with `docker compose down` on projects of 1, 10 and 50
# services that end at once, side by side in one run on the machine's Docker Engine.
#
#   bash tests/bench/stop.sh [-n RUNS] [--no-build] [SERVICES...]
#
# Projects and image are made under names that nobody else has, and removed again.
# Progress goes to standard error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=/dev/null
source "${TIDEGATE_TOOLS:-target/tools}/env" ||
    { echo "stop.sh: the tools are missing: run bash .ci/setup" >&2; exit 2; }

arguments=()
building=yes
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then building=no; else arguments+=("$argument"); fi
done
if [ "$building" = yes ]; then cargo build --release --locked -p tidegate-stop-compose; fi

exec "$TIDEGATE_TEST_VENV/bin/python" -B tests/bench/stop.py "${arguments[@]}"
