"""Floating tags and digests in a registry that is 50 ms away: ours, oras, skopeo."""

import pathlib
from typing import Callable

import servers
import show
from images import Repository
from measure import Command, Contestant, Run, in_turn, middle

ROUND_TRIP = 50
FLOATING = ["latest", "1", "1.0", "stable"]
TAGS, IMAGES, SAMPLE = 500, 250, 5


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """Debian's registry, behind a proxy that makes it far away."""
    with servers.docker_registry(folder / "registry") as port:
        fill(port)
        with servers.far_away(port, ROUND_TRIP, folder / "far-away.log") as far:
            move(runs, programs, far, folder / "log")
            digests(min(runs, 7), programs, far, folder / "log")


def fill(port: int) -> None:
    """Two images for each mover's tags, and many tags to list."""
    for name in ["ours", "oras", "oras-1"]:
        repository = Repository(port, f"bench/{name}")
        repository.put_image("even", ["even", *FLOATING])
        repository.put_image("odd", ["odd"])
    listed = Repository(port, "bench/listed")
    for number in range(IMAGES):
        listed.put_image(f"image {number}", [f"v{number}", f"w{number}"])


def move(runs: int, programs: pathlib.Path, port: int, log: pathlib.Path) -> None:
    """Every round moves the tags to the image where they are not."""
    oras = ["oras", "tag", "--plain-http"]

    def source(number: int) -> str:
        return "even" if number % 2 else "odd"

    def ours(number: int, run: Callable) -> Run:
        name, base = f"127.0.0.1:{port}/bench/ours", f"http://127.0.0.1:{port}"
        argv = [programs / "examples/retag", name, source(number), *FLOATING, "--base-url", base]
        return run(Command(argv), log)

    def oras_tags(name: str, tags: list[str]) -> Contestant:
        place = f"127.0.0.1:{port}/bench/{name}"
        return lambda number, run: run(Command([*oras, f"{place}:{source(number)}", *tags]), log)

    contestants = {
        "ours": ours,
        "oras tag": oras_tags("oras", FLOATING),
        "oras tag, one tag": oras_tags("oras-1", FLOATING[:1]),
    }
    results = in_turn(contestants, runs)
    show.contest(f"Move {len(FLOATING)} tags at {ROUND_TRIP} ms", results, "ours")
    show.note(
        "Ours records what each tag pointed to before it writes, and afterwards looks whether "
        "it points to the new image; `oras tag` does neither."
    )
    ratio = middle(results["ours"]) / middle(results["oras tag"])
    show.bar("verified moves ÷ oras tag", ratio, 1.5)
    show.bar("the same against the bar for moves that are not verified", ratio, 1)


def digests(runs: int, programs: pathlib.Path, port: int, log: pathlib.Path) -> None:
    """All digests against a loop over a sample."""
    name = f"127.0.0.1:{port}/bench/listed"
    base = f"http://127.0.0.1:{port}"
    ours = Command([programs / "examples/list_digests", name, "--base-url", base])
    whole = f"skopeo inspect, {TAGS} tags*"

    def loop(number: int, run: Callable) -> Run:
        """The time of a sample, as if it went on like that."""
        inspect = ["skopeo", "inspect", "--tls-verify=false", "--no-tags", "--format", "{{.Digest}}"]
        first = number * SAMPLE % IMAGES
        tags = [f"v{first + i}" for i in range(SAMPLE)]
        took = [run(Command([*inspect, f"docker://{name}:{tag}"]), log) for tag in tags]
        return Run(sum(one.seconds for one in took) / SAMPLE * TAGS)

    results = in_turn({"ours": lambda _, run: run(ours, log), whole: loop}, runs)
    show.contest(f"Digests of {TAGS} tags at {ROUND_TRIP} ms", results, "ours")
    show.note(f"* extrapolated from {SAMPLE} tags in each run.")
    show.bar("all digests", middle(results["ours"]), 1.0, "s")
