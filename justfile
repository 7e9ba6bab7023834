# Recipes for people who work on Tidegate; `just` alone lists them.
# They call the same scripts as continuous integration.

[private]
default:
    @just --list --unsorted

# Install what the tests need (as root, on Debian)
[group('test')]
setup:
    bash .ci/setup

# Run all tests, documentation examples included
[group('test')]
test:
    bash .ci/test

# Run everything that continuous integration runs
[group('test')]
ci:
    bash .ci/run

# Check formatting, lints and documentation
[group('check')]
check: fmt clippy doc

# Check the formatting
[group('check')]
fmt:
    cargo fmt --all --check

# Check with clippy; warnings are errors
[group('check')]
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation; warnings are errors
[group('check')]
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Check licences, sources and advisories of the dependencies (needs cargo-deny)
[group('check')]
deny:
    cargo deny check bans licenses sources
    -cargo deny check advisories

# Release the example project against embedded registries; no account is needed
[group('try')]
rehearse *FLAGS:
    bash .ci/rehearse {{ FLAGS }}

# Deploy and roll back the example bookshelf on this machine, under load
[group('try')]
rehearse-deploy:
    bash .ci/rehearse-deploy

# Compare a whole release, and its parts, with the programs that it replaces
[group('bench')]
bench-release *ARGS:
    bash tests/bench/release.sh {{ ARGS }}

# Compare clean-local-images with the script that it replaces: 250 images with 500 tags, and up to 2,000
[group('bench')]
bench-clean *ARGS:
    bash tests/bench/clean.sh {{ ARGS }}

# Compare stop-compose with `docker compose down`: 1, 10 and 50 services
[group('bench')]
bench-stop *ARGS:
    bash tests/bench/stop.sh {{ ARGS }}

# Compare deploy and rollback with `docker compose up`: for how long nobody is served
[group('bench')]
bench-deploy *ARGS:
    bash tests/bench/deploy.sh {{ ARGS }}

# Compare backup-databases with `pg_dump | zstd`, and restore-database with dropping and loading
[group('bench')]
bench-backup *ARGS:
    bash tests/bench/backup.sh {{ ARGS }}
