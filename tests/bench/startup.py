"""How soon each program answers `--help`, and how large it is."""

import pathlib

import show
from measure import Command, in_turn, middle

NOTHING = "true (nothing at all)"


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """All programs of `bins/`, beside one that does nothing."""
    root = pathlib.Path(__file__).parents[2]
    names = sorted(path.parent.name for path in root.glob("bins/*/Cargo.toml"))
    commands = {NOTHING: Command(["true"])}
    commands |= {name: Command([programs / name, "--help"]) for name in names}
    contestants = {
        name: lambda _, run, command=command: run(command, folder / "log")
        for name, command in commands.items()
    }
    results = in_turn(contestants, 3 * runs)
    show.contest("Start-up (`--help`)", results, NOTHING)
    for name in names:
        show.bar(f"`{name} --help`", middle(results[name]), 0.005, "s")
        size = (programs / name).stat().st_size / 2**20
        show.bar(f"`{name}`, stripped", size, 10, "MiB")
