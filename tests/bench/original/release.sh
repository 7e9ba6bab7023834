#!/usr/bin/env bash
# The sequence that full-release replaces, step by step and in its order, as a
# project keeps it in scripts: version, commits, tag, push; then two builds and two
# uploads; then each image with its tags. It checks and verifies nothing.
#
#   IMAGE=REPOSITORY FIRST_INDEX=URL SECOND_INDEX=URL bash release.sh VERSION
#
# Runs in the project's folder. The tools come from PATH: nothing is installed
# here, which a real run would do in addition.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: release.sh VERSION" >&2; exit 1; }
version=$1
package=src/greeter

write_version_file() {
    cat > "$package/version.py" <<PY
__version__ = "$version"
__git_commit__ = "$(git rev-parse --short HEAD)"
__git_describe__ = "$(git describe --tags --long --match 'v[0-9]*' 2>/dev/null || echo unknown)"
PY
}

set_versions_and_tag() {
    sed -i "s/^version *= *\"[^\"]*\"/version = \"$version\"/" pyproject.toml
    write_version_file
    git commit --quiet --all --message "Bump version to $version"
    git tag --annotate "v$version" --message "Release v$version"
    write_version_file
    git commit --quiet --all --message "Describe v$version"
    local newest
    newest=$(git tag --list 'v[0-9]*' --sort=-version:refname | head -n 1)
    grep -q "^version = \"${newest#v}\"" pyproject.toml
    git push --quiet origin HEAD
    git push --quiet origin "v$version"
}

build_and_upload() {
    rm -rf dist
    python -m build
    twine upload --non-interactive --disable-progress-bar --repository-url "$1" dist/*
}

push_image() {
    local dockerfile=$1 tag arguments=()
    shift
    for tag in "$@"; do arguments+=(--tag "$IMAGE:$tag"); done
    docker build --file "$dockerfile" --build-arg "VERSION=$version" \
        --build-arg "COMMIT=$commit" --build-arg TARGETARCH=amd64 "${arguments[@]}" .
    for tag in "$@"; do docker push "$IMAGE:$tag"; done
}

set_versions_and_tag
commit=$(git rev-parse --short HEAD)
build_and_upload "$FIRST_INDEX"
build_and_upload "$SECOND_INDEX"
TIDEGATE_VERSION=$version hooks/build-server amd64
push_image Dockerfile latest "$version"
push_image Dockerfile.cron cron "cron-$version" "cron-$version-$commit"
echo "released $version: look at $FIRST_INDEX, $SECOND_INDEX and $IMAGE"
