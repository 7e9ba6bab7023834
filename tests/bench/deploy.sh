#!/usr/bin/env bash
# Compares deploy and rollback, side by side in one run on the machine's Docker Engine:
# on a fixed port with `docker compose up`, by how long nobody is served; behind nginx
# with docker-rollout's procedure and `docker compose pull && up`, by their time and the
# requests that fail.
#
#   bash tests/bench/deploy.sh [-n RUNS] [--no-build]
#
# Images and containers have a name that nobody else has, and are removed again.
# Progress goes to standard error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=/dev/null
source "${TIDEGATE_TOOLS:-target/tools}/env" ||
    { echo "deploy.sh: the tools are missing: run bash .ci/setup" >&2; exit 2; }

arguments=()
building=yes
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then building=no; else arguments+=("$argument"); fi
done
if [ "$building" = yes ]; then cargo build --release --locked -p tidegate-deploy -p tidegate-rollback; fi

exec "$TIDEGATE_TEST_VENV/bin/python" -B tests/bench/deploy.py "${arguments[@]}"
