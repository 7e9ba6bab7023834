"""Uploading two small files, and one large wheel: ours, uv and twine."""

import pathlib
from typing import Callable

import distributions
import servers
import show
from measure import Command, Contestant, Run, in_turn, middle

LARGE = 90
SECRET = {
    "TIDEGATE_INDEX_TARGET_USERNAME": "me",
    "TIDEGATE_INDEX_TARGET_PASSWORD": "secret",
    "UV_PUBLISH_USERNAME": "me",
    "UV_PUBLISH_PASSWORD": "secret",
    "TWINE_USERNAME": "me",
    "TWINE_PASSWORD": "secret",
}
OURS = "ours"


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """Two indexes, two sizes."""
    kinds = {
        "embedded index": lambda place: servers.embedded_index(place, programs),
        "pypiserver": servers.pypiserver,
    }
    for kind, start in kinds.items():
        with start(folder / kind.replace(" ", "-")) as (upload, simple):
            clients = clients_of(programs, upload, simple)
            small = contest(clients, folder, runs, small_files)
            show.contest(f"Upload of two small files to {kind}", small, OURS)
            large = contest(clients, folder, min(runs, 7), large_files)
            show.contest(f"Upload of one {LARGE} MiB wheel to {kind}", large, OURS)
            bars(small, large)


def clients_of(programs: pathlib.Path, upload: str, simple: str) -> dict[str, list]:
    """Each client's words before the files."""
    uv = ["uv", "publish", "--quiet", "--trusted-publishing", "never", "--publish-url", upload]
    twine = ["twine", "upload", "--non-interactive", "--disable-progress-bar"]
    return {
        OURS: [programs / "examples/upload", upload, simple],
        "uv": uv,
        "twine": [*twine, "--repository-url", upload],
    }


def contest(
    clients: dict[str, list], folder: pathlib.Path, runs: int, make: Callable
) -> dict[str, list[Run]]:
    """Every run of every client uploads files that the index has never seen."""

    def contestant(client: str) -> Contestant:
        def one(number: int, run: Callable) -> Run:
            files = make(folder, f"bench-{client}", number)
            try:
                return run(Command([*clients[client], *files], SECRET), folder / "log")
            finally:
                for file in files:
                    file.unlink()

        return one

    return in_turn({client: contestant(client) for client in clients}, runs, memory=True)


def small_files(folder: pathlib.Path, name: str, number: int) -> list[pathlib.Path]:
    """A wheel and an sdist of about 1 KB each."""
    version = f"1.{number}"
    return [
        distributions.wheel(folder, name, version),
        distributions.sdist(folder, name, version),
    ]


def large_files(folder: pathlib.Path, name: str, number: int) -> list[pathlib.Path]:
    """One large wheel."""
    payload = distributions.incompressible(LARGE)
    return [distributions.wheel(folder, name, f"2.{number}", payload)]


def bars(small: dict[str, list[Run]], large: dict[str, list[Run]]) -> None:
    """Not slower than the faster of both, and not larger than uv is said to be."""
    best = {name: middle(runs) for name, runs in small.items() if name != OURS}
    show.bar("two small files ÷ best other", middle(small[OURS]) / min(best.values()), 1)
    best = {name: middle(runs) for name, runs in large.items() if name != OURS}
    show.bar("large wheel ÷ best other", middle(large[OURS]) / min(best.values()), 1)
    show.bar("memory with the large wheel", large[OURS][0].mebibytes, 25, "MiB")
