#!/usr/bin/env bash
# What docker-rollout (v0.13, github.com/wowu/docker-rollout) does for one service,
# written anew: as many containers again beside the ones that run, wait until they are
# healthy, then stop and remove the earlier ones.
#
#   rollout.sh SERVICE
set -euo pipefail
service=$1

containers() { docker compose ps --quiet "$service" | sort; }

is_healthy() {
    [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]
}

all_are_healthy() {
    local container
    for container in $new; do is_healthy "$container" || return 1; done
}

old=$(containers)
count=$(wc -w <<<"$old")
docker compose up --detach --no-deps --no-recreate --scale "$service=$((2 * count))" "$service"
new=$(comm -13 <(echo "$old") <(containers))
for _ in $(seq 60); do
    if all_are_healthy; then break; fi
    sleep 1
done
if ! all_are_healthy; then
    # shellcheck disable=SC2086 # a word for each container
    docker rm --force $new
    exit 1
fi
# shellcheck disable=SC2086
docker stop $old >/dev/null
# shellcheck disable=SC2086
docker rm $old >/dev/null
