# shellcheck shell=bash disable=SC2154,SC2034 # variables are shared with .ci/setup
# Tools unpacked from Debian packages below `$tools`, beside the machine's own:
#
# - `debian13`: what only the release after Debian 12 has (buildx, Compose 2,
#   oras) and its engine 26.1 for a private second engine with the containerd
#   image store. The lists are read into a directory of their own; the mirror and
#   the keyring are those that the machine already uses.
# - `debian`: from the machine's own release. docker-registry and openssh-server,
#   because installing them would start a service on port 5000 and one on port 22;
#   runc, because the one of Debian 13 needs a newer C library than Debian 12 has;
#   proxies, PostgreSQL, MariaDB, Redis and SQLite with their libraries, which
#   tests/fixtures/debian-image puts into images.

next_suite=trixie
archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debian13_packages=(docker-buildx docker-compose oras docker.io docker-cli containerd tini)
debian_packages=(
    docker-registry runc openssh-server libwrap0
    nginx haproxy caddy libcap2 libcrypt1 libgcc-s1 libgcrypt20 libgpg-error0 liblua5.3-0 liblz4-1
    liblzma5 libopentracing-c-wrapper0 libopentracing1 libpcre2-8-0 libssl3 libstdc++6 libsystemd0
    libzstd1 zlib1g
    postgresql-15 postgresql-client-15 redis-server redis-tools
    libpq5 libicu72 libxml2 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3
    libkrb5support0 libcom-err2 libkeyutils1 libgnutls30 libhogweed6 libnettle8 libgmp10 libtasn1-6
    libp11-kit0 libffi8 libidn2-0 libunistring2 libuuid1 libpam0g libaudit1 libcap-ng0
    libatomic1 libjemalloc2 liblzf1 libreadline8 libtinfo6
    mariadb-server-core mariadb-client-core mariadb-client sqlite3
    libaio1 libbsd0 libedit2 libmd0 libncurses6 libnuma1 libsqlite3-0 liburing2
)

unpack_debian_tools() {
    local wanted="$next_suite ${debian13_packages[*]} ${debian_packages[*]}"
    if [ "$(cat "$tools/.debian-tools" 2>/dev/null)" = "$wanted" ]; then return; fi
    have dpkg-deb || die "this is not Debian, so the test tools cannot be unpacked" \
        "run the tests on Debian 12 or 13 (a container will do)"
    local work
    work=$(mktemp -d)
    chmod 755 "$work" # apt downloads as its own user
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    unpack_own_release "$work/own"
    unpack_next_release "$work/next"
    link_tools
    printf '%s\n' "$wanted" >"$tools/.debian-tools"
}

unpack_own_release() {
    local apt_options=(-q) # those of the machine
    if is_root; then refresh_package_lists; fi
    download_and_unpack "$1" "$tools/debian" "${debian_packages[@]}"
}

unpack_next_release() {
    local apt_options=()
    private_apt_options "$1"
    quietly "reading the package lists of Debian 13 ($next_suite)" \
        apt-get "${apt_options[@]}" update
    download_and_unpack "$1" "$tools/debian13" "${debian13_packages[@]}"
}

# Fills `apt_options` of the caller: lists, cache and sources in directory $1;
# unsigned or wrongly signed lists are errors, whatever the machine allows.
private_apt_options() {
    local home=$1 mirror
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "no Debian archive among the machine's apt sources" \
        "add Debian's main archive to /etc/apt, run apt-get update, then this again"
    [ -r "$archive_keyring" ] || die "missing $archive_keyring" "install debian-archive-keyring"
    mkdir -p "$home"/{state/lists/partial,cache/archives/partial,sources}
    printf '%s\n' "Types: deb" "URIs: $mirror" "Suites: $next_suite" "Components: main" \
        "Targets: Packages" "Signed-By: $archive_keyring" >"$home/sources/$next_suite.sources"
    apt_options=(
        -q
        -o "Dir::State=$home/state" -o "Dir::State::status=/dev/null" -o "Dir::Cache=$home/cache"
        -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$home/sources"
        -o "Dir::Etc::preferences=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null"
        -o "Acquire::AllowInsecureRepositories=false" -o "Acquire::AllowWeakRepositories=false"
        -o "APT::Get::AllowUnauthenticated=false" -o "APT::Update::Error-Mode=any"
    )
}

# The address from which the machine itself takes Debian's main archive.
debian_mirror() {
    # shellcheck disable=SC2016 # apt fills in the fields
    apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian Debian //p' | head -n 1
}

# download_and_unpack WORK DESTINATION PACKAGE..., with the `apt_options` of the caller.
download_and_unpack() {
    local work=$1/packages destination=$2 package
    shift 2
    mkdir -p "$work"
    if is_root && id _apt >/dev/null 2>&1; then chown _apt "$work"; fi
    (cd "$work" && quietly "downloading $*" apt-get "${apt_options[@]}" download "$@")
    rm -rf "$destination"
    mkdir -p "$destination"
    for package in "$work"/*.deb; do
        quietly "unpacking $(basename "$package")" dpkg-deb -x "$package" "$destination"
    done
    rm -rf "$destination"/usr/share/{doc,man,bash-completion,zsh,fish,lintian}
}

# `bin`: single tools for PATH. `engine-26`: the second engine's programs, a
# directory of its own so that they never stand in front of the machine's.
link_tools() {
    local next=$tools/debian13/usr own=$tools/debian/usr engine=$tools/engine-26
    rm -rf "$engine"
    mkdir -p "$engine"
    ln -sfn "$next/libexec/docker/cli-plugins/docker-buildx" "$tools/bin/docker-buildx"
    ln -sfn "$next/libexec/docker/cli-plugins/docker-compose" "$tools/bin/docker-compose"
    ln -sfn "$next/bin/oras" "$tools/bin/oras"
    ln -sfn "$own/bin/docker-registry" "$tools/bin/docker-registry"
    ln -s "$next"/bin/{containerd,containerd-shim-runc-v2,docker} "$engine/"
    ln -s "$next"/sbin/{dockerd,docker-proxy} "$own/sbin/runc" "$engine/"
    ln -s "$next/bin/tini-static" "$engine/docker-init"
}
