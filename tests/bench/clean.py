"""Runs the sections of the benchmark of clean-local-images; see clean.sh."""

import argparse
import os
import pathlib
import sys
import tempfile
from statistics import median

import machine
import servers
import show
from clean_images import Images, docker
from measure import Command, execute, in_turn, middle

HERE = pathlib.Path(__file__).parent
#: What a project looks like that has had a release a day.
IMAGES = 250
GROWTH = [250, 500, 1000, 2000]

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
        (self.folder / "slipway.toml").write_text(settings)
        (self.folder / "compose.yaml").write_text(COMPOSE)

    def ours(self, *flags: str) -> Command:
        """The program, with all that it looks at before it removes anything."""
        return Command([self.program, *flags], {"HOME": str(self.home)}, str(self.folder))

    def original(self) -> Command:
        """The script."""
        script = HERE / "original" / "clean-local-images"
        return Command(["bash", script], {"PREFIX": self.repository}, str(self.folder))


def removal(runs: int, project: Project, images: Images, folder: pathlib.Path) -> None:
    """All images of a project go."""

    def contestant(command: Command):
        def contend(_, run):
            images.load(IMAGES)
            result = run(command, folder / "log")
            if left := images.tags():
                raise RuntimeError(f"{len(left)} tags are left")
            return result

        return contend

    ours = "clean-local-images, safety analysis and report included"
    contestants = {ours: contestant(project.ours())}
    contestants["original script"] = contestant(project.original())
    results = in_turn(contestants, runs, memory=True)
    show.contest(f"Remove {IMAGES} images with {2 * IMAGES} tags", results, ours)
    ratio = middle(results[ours]) / middle(results["original script"])
    show.bar("wall time in relation to the original", ratio, 0.6)
    show.bar("peak memory", results[ours][0].mebibytes, 30, "MiB")


def growth(runs: int, project: Project, images: Images, folder: pathlib.Path) -> None:
    """Cost by number of images."""
    rows = []
    for count in GROWTH:
        looked, cleaned = [], []
        for _ in range(max(1, runs // 3)):
            images.load(count)
            looked.append(execute(project.ours("--dry-run"), folder / "log").seconds)
            cleaned.append(execute(project.ours(), folder / "log").seconds)
            print(f"  {count}: {looked[-1]:.3f} s, {cleaned[-1]:.3f} s", file=sys.stderr)
        per_image = [median(times) / count for times in (looked, cleaned)]
        cells = [str(count), str(2 * count)]
        for times, one in zip((looked, cleaned), per_image):
            cells += [show.duration(median(times)), show.duration(one)]
        rows.append(cells)
    print("\n### Cost by number of images\n")
    show.table(["images", "tags", "--dry-run", "per image", "run", "per image"], rows)


SECTIONS = {"removal": removal, "growth": growth}


def main() -> None:
    """Measures what is asked for; the images go in the end."""
    parser = argparse.ArgumentParser(description="compare clean-local-images with the original")
    parser.add_argument("-n", "--runs", type=int, default=5, help="runs of each program")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    if unknown := [name for name in options.sections if name not in SECTIONS]:
        parser.error(f"unknown section {unknown[0]}; there are {', '.join(SECTIONS)}")
    machine.facts(options.runs)
    driver = docker("info", "--format", "{{.Driver}} of Docker Engine {{.ServerVersion}}").strip()
    show.note(f"The images are kept by {driver}.")
    programs = servers.programs(HERE.parents[1])
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
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
