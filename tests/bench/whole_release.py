"""A whole release of the example project: ours and the original's sequence."""

import os
import pathlib
import subprocess
from dataclasses import replace
from statistics import median

import servers
import show
from measure import Command, Contestant, Run, execute, in_turn, listen, middle
from release_project import Project
from steps import Steps

HERE = pathlib.Path(__file__).parent
OURS, UNVERIFIED = "full-release", "full-release without verification*"
WITHOUT_UV = "full-release without uv"
ORIGINAL = "original sequence"
USER = {
    "TIDEGATE_INDEX_FIRST_USERNAME": "me",
    "TIDEGATE_INDEX_FIRST_PASSWORD": "secret",
    "TIDEGATE_INDEX_SECOND_USERNAME": "me",
    "TIDEGATE_INDEX_SECOND_PASSWORD": "secret",
    "TWINE_USERNAME": "me",
    "TWINE_PASSWORD": "secret",
}


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """All release to the same two indexes and the same registry."""
    with (
        servers.docker_registry(folder / "registry") as port,
        servers.pypiserver(folder / "first") as first,
        servers.pypiserver(folder / "second") as second,
    ):
        indexes = {"first": first, "second": second}
        names = ["ours", "slower", "original"]
        mine, slower, theirs = (Project(folder, name, port, indexes) for name in names)
        contestants = {
            OURS: ours(mine, programs, folder, {}),
            WITHOUT_UV: ours(slower, programs, folder, {"PATH": path_without_uv(folder / "programs")}),
            ORIGINAL: original(theirs, folder),
        }
        try:
            report(in_turn(contestants, runs))
        finally:
            for project in (mine, slower, theirs):
                remove_images(project.image)


def path_without_uv(place: pathlib.Path) -> str:
    """PATH with every program but uv: another folder takes the place of one that has uv."""
    folders = [pathlib.Path(folder) for folder in os.environ["PATH"].split(":")]
    return ":".join(str(without_uv(folder, place) if (folder / "uv").exists() else folder) for folder in folders)


def without_uv(folder: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """The other programs of a folder, by scripts: Python finds its environment by its own path."""
    scripts = place / "-".join(folder.parts[1:])
    scripts.mkdir(parents=True, exist_ok=True)
    for program in folder.iterdir():
        if program.name not in ("uv", "uvx"):
            script = scripts / program.name
            script.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
            script.chmod(0o755)
    return scripts


def ours(project: Project, programs: pathlib.Path, folder: pathlib.Path, env: dict) -> Contestant:
    """`full-release VERSION --yes`, with the seconds of each step."""

    def one(number: int, _) -> Run:
        options = ["--yes", "--format", "json", "--project", project.folder]
        argv = [programs / "full-release", f"1.{number}.0", *options]
        steps = Steps()
        command = Command([*argv, "--state-dir", folder / "state"], {**USER, **env})
        run = listen(command, folder / "ours.log", steps.told)
        parts = {step.name: (step.begin, step.end) for step in steps.ended}
        return replace(run, parts={**parts, UNVERIFIED: (0, run.seconds - steps.only_verifying())})

    return one


def original(project: Project, folder: pathlib.Path) -> Contestant:
    """The sequence of the scripts."""
    places = {"FIRST_INDEX": project.indexes["first"][0], "SECOND_INDEX": project.indexes["second"][0]}
    env = {**USER, **places, "IMAGE": project.image}

    def one(number: int, _) -> Run:
        argv = ["bash", HERE / "original/release.sh", f"1.{number}.0"]
        return execute(Command(argv, env, project.folder), folder / "original.log")

    return one


def report(results: dict[str, list[Run]]) -> None:
    """The contest, and where the time of ours goes."""
    unverified = [Run(run.parts[UNVERIFIED][1]) for run in results[OURS]]
    shown = {OURS: results[OURS], UNVERIFIED: unverified, **results}
    show.contest("Whole release: one package, two indexes, two images", shown, OURS)
    show.note("* less the time in which verification ran and nothing else did.")
    theirs = middle(results[ORIGINAL])
    show.bar("whole release ÷ original", middle(results[OURS]) / theirs, 0.25)
    show.bar("whole release without uv ÷ original", middle(results[WITHOUT_UV]) / theirs, 0.4)
    show.note("Steps of full-release, medians:\n")
    show.table(["step", "begins", "takes"], step_rows(results[OURS]))


def step_rows(runs: list[Run]) -> list[list[str]]:
    """Steps in the order in which they begin."""
    names = [name for name in runs[0].parts if name != UNVERIFIED]
    begins = {name: median(run.parts[name][0] for run in runs) for name in names}
    takes = {name: median(run.parts[name][1] - run.parts[name][0] for run in runs) for name in names}
    names.sort(key=begins.get)
    return [[name, show.duration(begins[name]), show.duration(takes[name])] for name in names]


def remove_images(repository: str) -> None:
    """Only those of this benchmark: the name holds its registry's port."""
    listing = ["docker", "image", "ls", "--quiet", "--filter", f"reference={repository}"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    if listed:
        argv = ["docker", "image", "rm", "--force", *dict.fromkeys(listed)]
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
