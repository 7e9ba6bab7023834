# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# What the set-up says: one line before something slow, and on failure what
# failed, the end of the log, and what to do.

say() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT [WHAT-TO-DO]
die() {
    printf 'setup: cannot continue: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf 'setup: %s\n' "$2" >&2; fi
    exit 1
}

# quietly DESCRIPTION COMMAND...: output to the log, shown only when it fails.
quietly() {
    local description=$1 step=$log.step status=0
    shift
    say "$description"
    "$@" >"$step" 2>&1 </dev/null || status=$?
    { printf '\n== %s\n== %s\n' "$description" "$*" && cat "$step"; } >>"$log"
    if [ "$status" = 0 ]; then return; fi
    tail -n 20 "$step" >&2
    die "$description: \`$1\` ended with status $status" "the whole log is $log"
}

# Two set-ups in one tree would unpack over each other.
one_at_a_time() {
    exec 9>"$tools/.lock"
    flock -n 9 && return
    say "another set-up runs in this tree; waiting for it"
    flock 9
}

have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
