# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# `$tools/env`: what a shell sources before it runs the tests by hand.

write_environment() {
    {
        echo "# Written by .ci/setup; source it."
        printf 'export TIDEGATE_TOOLS=%q\n' "$tools"
        printf 'export TIDEGATE_TEST_VENV=%q\n' "$venv"
        echo "# Programs of the second engine (dockerd 26.1, containerd, runc, docker)."
        printf 'export TIDEGATE_ENGINE_BIN=%q\n' "$tools/engine-26"
        echo "# buildx keeps its state here instead of in the user's ~/.docker."
        printf 'export BUILDX_CONFIG=%q\n' "$tools/buildx"
        # shellcheck disable=SC2016 # expanded by the shell that sources it
        printf 'case :$PATH: in *:%q:*) ;; *) export PATH=%q:$PATH ;; esac\n' \
            "$tools/bin" "$tools/bin"
    } >"$tools/env.new"
    mv "$tools/env.new" "$tools/env"
}

# show_environment PURPOSE
show_environment() {
    echo "ready for $1; to use the tools in this shell:"
    printf '    source %q\n' "$tools/env"
}
