"""Listing the versions of a project: ours and pip."""

import pathlib

import distributions
import servers
import show
from measure import Command, execute, in_turn, middle
from uploads import SECRET

VERSIONS = 30
PROJECT = "bench-listed"


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """JSON pages of the embedded index, HTML pages of pypiserver."""
    kinds = {
        "embedded index (JSON)": lambda place: servers.embedded_index(place, programs),
        "pypiserver (HTML)": servers.pypiserver,
    }
    for number, (kind, start) in enumerate(kinds.items()):
        with start(folder / f"listing-{number}") as (upload, simple):
            fill(programs, upload, simple, folder)
            commands = {
                "ours": Command([programs / "examples/list_versions", PROJECT, simple]),
                "pip index versions": Command(pip(simple)),
            }
            contestants = {
                name: lambda _, run, command=command: run(command, folder / "log")
                for name, command in commands.items()
            }
            results = in_turn(contestants, runs, memory=True)
            show.contest(f"List {VERSIONS} versions, {kind}", results, "ours")
            show.bar("listing, the whole process", middle(results["ours"]), 0.020, "s")


def pip(simple: str) -> list[str]:
    """pip at its fastest."""
    options = ["--disable-pip-version-check", "--no-input", "--index-url", simple]
    return ["pip", "index", "versions", *options, PROJECT]


def fill(programs: pathlib.Path, upload: str, simple: str, folder: pathlib.Path) -> None:
    """Uploads the versions that will be listed."""
    files = [distributions.wheel(folder, PROJECT, f"0.{number}") for number in range(VERSIONS)]
    for file in files:
        argv = [programs / "examples/upload", upload, simple, file]
        execute(Command(argv, SECRET), folder / "log")
        file.unlink()
