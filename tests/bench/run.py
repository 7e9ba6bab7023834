"""Runs the sections of the benchmark; see release.sh."""

import argparse
import os
import pathlib
import sys
import tempfile

import listing
import machine
import servers
import startup
import tags
import uploads
import whole_release

SECTIONS = {
    "release": whole_release.measure,
    "uploads": uploads.measure,
    "listing": listing.measure,
    "tags": tags.measure,
    "startup": startup.measure,
}


def main() -> None:
    """Measures what is asked for, in a folder that goes afterwards."""
    parser = argparse.ArgumentParser(description="compare a release with what it replaces")
    parser.add_argument("-n", "--runs", type=int, default=10, help="runs of each program")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    wanted = options.sections or list(SECTIONS)
    if unknown := [name for name in wanted if name not in SECTIONS]:
        parser.error(f"unknown section {unknown[0]}; there are {', '.join(SECTIONS)}")
    # The other programs are those of the environment that this runs in.
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    machine.facts(options.runs)
    root = pathlib.Path(__file__).parents[2]
    for name in wanted:
        print(f"\n## {name}", flush=True)
        with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
            SECTIONS[name](options.runs, servers.programs(root), pathlib.Path(folder))


if __name__ == "__main__":
    main()
