# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# A Docker Engine that answers: the one that is there, or Debian's.

engine_log=/var/log/tidegate-dockerd.log

engine_answers() {
    have docker && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

need_engine() {
    if engine_answers; then return; fi
    if [ -n "${DOCKER_HOST-}" ]; then
        die "no Docker Engine answers at DOCKER_HOST=$DOCKER_HOST" "start it, or unset DOCKER_HOST"
    fi
    is_root || die "no Docker Engine answers" \
        "start it (as root: service docker start), and add this user to the group docker"
    have dockerd || apt_install docker.io
    engine_answers || start_engine
}

# A service where there is one; by hand in containers and minimal machines.
start_engine() {
    say "starting the Docker Engine"
    if [ -d /run/systemd/system ]; then
        systemctl start docker >>"$log" 2>&1 9>&- || true
    elif [ -x /etc/init.d/docker ]; then
        service docker start >>"$log" 2>&1 </dev/null 9>&- || true
    fi
    if wait_for_engine 10; then return; fi
    have dockerd || die "the docker command is here, but no engine answers and there is no dockerd" \
        "install the Docker Engine, or point DOCKER_HOST at one"
    setsid nohup dockerd >"$engine_log" 2>&1 </dev/null 9>&- &
    if wait_for_engine 60; then return; fi
    tail -n 20 "$engine_log" >&2
    die "the Docker Engine does not start" "its log is $engine_log"
}

# wait_for_engine SECONDS
wait_for_engine() {
    local end=$((SECONDS + $1))
    until engine_answers; do
        if [ "$SECONDS" -ge "$end" ]; then return 1; fi
        sleep 0.3
    done
}
