# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# CPython with venv for builds, and the virtual environment of the test servers
# and peer clients (tests/fixtures/requirements.txt).

test_commands=(twine uv pypi-server devpi devpi-server devpi-init hatch scriv towncrier)

python_suits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

# Sets `python`.
need_python() {
    for python in python3 /usr/bin/python3; do
        if python_suits "$python"; then return; fi
    done
    apt_install python3 python3-venv
    python=/usr/bin/python3
    python_suits "$python" || die "$python has no venv module, or is older than 3.10" \
        "install CPython 3.10 or newer with venv"
}

make_test_venv() {
    local requirements=$root/tests/fixtures/requirements.txt state
    state="$venv $(sha256sum <"$requirements")"
    if [ "$(cat "$venv/.state" 2>/dev/null)" != "$state" ]; then
        rm -rf "$venv"
        quietly "making the Python environment of the tests" "$python" -m venv "$venv"
        quietly "installing $(grep -c '^[a-z]' "$requirements") Python packages into it" \
            "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements"
        printf '%s\n' "$state" >"$venv/.state"
    fi
    local name
    for name in "${test_commands[@]}"; do ln -sfn "$venv/bin/$name" "$tools/bin/$name"; done
}
