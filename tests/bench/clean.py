"""Runs the sections of the benchmark of clean-local-images; see clean.sh."""

import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest.mock
from statistics import median
from typing import Callable

import machine
import servers
import show
from clean_images import Images, docker
from clean_requests import bare_requests
from measure import Command, Run, execute, in_turn, middle

HERE = pathlib.Path(__file__).parent
#: What a project looks like that has had a release a day.
IMAGES = 250
GROWTH = [250, 500, 1000, 2000]

OURS = "clean-local-images, safety analysis and report included"
ORIGINAL = "original script"
#: What a number of images costs. The last two are mostly the engine's.
PARTS = ["--dry-run", "run, own processor time", "run", "original"]

DRIVER = "{{.Driver}} on Docker Engine {{.ServerVersion}}"

COMPOSE = "services:\n  database:\n    image: postgres:16\n"


class Project:
    """A project's folder and a user's home, with nothing of this machine in it."""

    def __init__(self, folder: pathlib.Path, programs: pathlib.Path, repository: str) -> None:
        self.folder, self.program = folder / "project", programs / "clean-local-images"
        self.repository = repository
        self.home = folder / "home"
        for new in (self.folder, self.home):
            new.mkdir()
        settings = f'[local-images]\nrepositories = ["{repository}"]\n'
        (self.folder / "tidegate.toml").write_text(settings)
        (self.folder / "compose.yaml").write_text(COMPOSE)

    def ours(self, *flags: str) -> Command:
        """The program, with all that it looks at before it removes anything."""
        return Command([self.program, *flags], {"HOME": str(self.home)}, str(self.folder))

    def original(self) -> Command:
        """The script."""
        script = HERE / "original" / "clean-local-images"
        return Command(["bash", script], {"PREFIX": self.repository}, str(self.folder))


def contestants(project: Project, images: Images, folder: pathlib.Path) -> dict:
    """Who removes all images of a project, by name; ours is the first."""

    def contestant(remove: Callable[[Callable], Run]):
        def contend(_, run):
            images.load(IMAGES)
            result = remove(run)
            if left := images.tags():
                raise RuntimeError(f"{len(left)} tags are left")
            return result

        return contend

    return {
        OURS: contestant(lambda run: run(project.ours(), folder / "log")),
        ORIGINAL: contestant(lambda run: run(project.original(), folder / "log")),
        "bare requests, 32 at a time": contestant(lambda _: Run(bare_requests(images))),
    }


def removal(runs: int, project: Project, images: Images, folder: pathlib.Path) -> None:
    """All images of a project go. The bare requests show the engine's own part:
    nothing that asks the same of it can be faster."""
    results = in_turn(contestants(project, images, folder), runs, memory=True)
    conclude(results)
    show.bar("peak memory", results[OURS][0].mebibytes, 30, "MiB")


def containerd(runs: int, _: Project, __: Images, folder: pathlib.Path) -> None:
    """The same on a second engine with the containerd store, which collects what
    is left over at each removal and takes minutes for the original."""
    place = folder / "containerd"
    place.mkdir()
    with second_engine(folder / "engine"):
        images = Images(place)
        project = Project(place, servers.programs(HERE.parents[1]), images.repository)
        everybody = contestants(project, images, folder).items()
        rounds = range(max(1, runs // 5))
        conclude({name: [remove(one, execute) for one in rounds] for name, remove in everybody})


@contextlib.contextmanager
def second_engine(data: pathlib.Path):
    """Everybody asks this one meanwhile."""
    script = HERE.parent / "fixtures" / "second-engine"
    started = subprocess.run([script, "start", data], check=True, stdout=subprocess.PIPE, text=True)
    with unittest.mock.patch.dict(os.environ, DOCKER_HOST=started.stdout.strip()):
        try:
            yield
        finally:
            subprocess.run([script, "stop", data], check=True)


def conclude(results: dict[str, list[Run]]) -> None:
    """The table, and what was to be reached."""
    driver = docker("info", "--format", DRIVER).strip()
    show.contest(f"Remove {IMAGES} images with {2 * IMAGES} tags, {driver}", results, OURS)
    ratio = middle(results[OURS]) / middle(results[ORIGINAL])
    show.bar("wall time in relation to the original", ratio, 0.6)


def growth(runs: int, project: Project, images: Images, folder: pathlib.Path) -> None:
    """Cost by number of images."""

    def measured(count: int) -> dict[str, float]:
        images.load(count)
        looked = execute(project.ours("--dry-run"), folder / "log")
        cleaned = execute(project.ours(), folder / "log")
        images.load(count)
        original = execute(project.original(), folder / "log")
        print(f"  {count}: {cleaned.seconds:.3f} s, {original.seconds:.3f} s", file=sys.stderr)
        times = [looked.seconds, cleaned.processor, cleaned.seconds, original.seconds]
        return dict(zip(PARTS, times))

    rounds = max(1, runs // 3)
    cost = {}
    for count in GROWTH:
        found = [measured(count) for _ in range(rounds)]
        cost[count] = {part: median(one[part] for one in found) for part in PARTS}
    print("\n### Cost by number of images\n")
    header = ["images", *(cell for part in PARTS for cell in (part, "per image"))]
    show.table(header, [growth_row(count, times) for count, times in cost.items()])
    for part in PARTS[:2]:
        first, last = (cost[count][part] / count for count in (GROWTH[0], GROWTH[-1]))
        show.bar(f"{part}, per image at {GROWTH[-1]} in relation to {GROWTH[0]}", last / first, 1.25)


def growth_row(count: int, times: dict[str, float]) -> list[str]:
    """One number of images; each cost as a whole and for one image."""
    cells = [(show.duration(times[part]), show.duration(times[part] / count)) for part in PARTS]
    return [str(count), *(cell for pair in cells for cell in pair)]


SECTIONS = {"removal": removal, "growth": growth, "containerd": containerd}


def main() -> None:
    """Measures what is asked for; the images go in the end."""
    parser = argparse.ArgumentParser(description="compare clean-local-images with the original")
    parser.add_argument("-n", "--runs", type=int, default=5, help="runs of each program")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    if unknown := [name for name in options.sections if name not in SECTIONS]:
        parser.error(f"unknown section {unknown[0]}; there are {', '.join(SECTIONS)}")
    machine.facts(options.runs)
    programs = servers.programs(HERE.parents[1])
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        folder = pathlib.Path(name)
        images = Images(folder)
        project = Project(folder, programs, images.repository)
        try:
            for section in options.sections or list(SECTIONS):
                SECTIONS[section](options.runs, project, images, folder)
        finally:
            images.remove()


if __name__ == "__main__":
    main()
