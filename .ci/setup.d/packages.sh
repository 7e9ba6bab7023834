# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# Debian packages, each with the command or file that shows it is there, so that
# a machine which has the tool from elsewhere needs no package and no root.

machine_arch=$(uname -m)
case $machine_arch in
    x86_64) cross=aarch64 cross_debian=arm64 ;;
    aarch64) cross=x86_64 cross_debian=amd64 ;;
    *) die "no support for $machine_arch" "use an x86_64 or aarch64 machine" ;;
esac
cross_gcc=gcc-${cross/_/-}-linux-gnu

rehearsal_packages=(
    ca-certificates=/etc/ssl/certs/ca-certificates.crt
    git=git
    xz-utils=xz
    gcc=gcc
    libc6-dev="/usr/lib/$machine_arch-linux-gnu/libc.a"
    # The second platform of the example's server image.
    "$cross_gcc=$cross-linux-gnu-gcc"
    "libc6-dev-$cross_debian-cross=/usr/$cross-linux-gnu/lib/libc.a"
)

# With pip, which collects the packages of the example, and what
# tests/fixtures/python-image and debian-image put into images.
deployment_packages=(
    ca-certificates=/etc/ssl/certs/ca-certificates.crt
    xz-utils=xz
    gcc=gcc
    libc6-dev="/usr/lib/$machine_arch-linux-gnu/libc.a"
    python3=/usr/bin/python3
    python3-pip-whl=/usr/share/python-wheels
    busybox-static="/bin/busybox"
)

test_packages=(
    curl=curl
    skopeo=skopeo
    openssh-client=ssh
    # The interpreter that tests/fixtures/python-image puts into an image, and
    # its pip. A python3 from elsewhere on PATH does not replace it.
    python3=/usr/bin/python3
    python3-pip-whl=/usr/share/python-wheels
    busybox-static="/bin/busybox"
    # Shown the API server that the tests of crates/kubernetes serve.
    kubernetes-client=kubectl
    # For tests/fixtures/ssh-server.
    util-linux=unshare
    # For tests/fixtures/second-engine.
    iproute2=ip
    libseccomp2="/usr/lib/$machine_arch-linux-gnu/libseccomp.so.2"
)

# install_missing_packages PACKAGE=PROBE...
install_missing_packages() {
    local entry probe missing=()
    for entry in "$@"; do
        probe=${entry#*=}
        is_there "$probe" || missing+=("${entry%%=*}")
    done
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    apt_install "${missing[@]}"
}

# is_there COMMAND-OR-PATH
is_there() {
    case $1 in
        /*) [ -e "$1" ] ;;
        *) have "$1" ;;
    esac
}

apt_install() {
    have apt-get || die "missing: $*" "install these (named as in Debian) and run this again"
    is_root || die "missing Debian packages, and this is not root" \
        "as root: apt-get install --no-install-recommends $*"
    refresh_package_lists
    quietly "installing Debian packages: $*" \
        env DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o Dpkg::Use-Pty=0 \
        --no-install-recommends "$@"
}

# Once per run: a fresh machine has no lists, an old one has outdated ones.
lists_are_fresh=
refresh_package_lists() {
    if [ -n "$lists_are_fresh" ]; then return; fi
    quietly "reading the Debian package lists" apt-get update -q
    lists_are_fresh=yes
}

need_rust() {
    if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
    have cargo || die "no Rust toolchain (cargo) on PATH" \
        "install Rust 1.95 or newer with rustup, with the clippy and rustfmt components"
}
