#!/usr/bin/env bash
# Compares backup-databases with `pg_dump -Fc` piped to zstd, and restore-database with
# dropping and loading a database, side by side with one PostgreSQL server in the machine's
# Docker Engine.
#
#   bash tests/bench/backup.sh [-n RUNS] [--rows NUMBER] [--no-build]
#
# Containers and images have a name that nobody else has, and are removed again. Progress
# goes to standard error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=/dev/null
source "${TIDEGATE_TOOLS:-target/tools}/env" ||
    { echo "backup.sh: the tools are missing: run bash .ci/setup" >&2; exit 2; }

arguments=()
building=yes
for argument in "$@"; do
    if [ "$argument" = --no-build ]; then building=no; else arguments+=("$argument"); fi
done
if [ "$building" = yes ]; then
    cargo build --release --locked -p tidegate-backup-databases -p tidegate-restore-database
fi

exec "$TIDEGATE_TEST_VENV/bin/python" -B tests/bench/backup.py "${arguments[@]}"
