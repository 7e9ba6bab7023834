"""Runs the benchmark of deploy and rollback; see deploy.sh."""

import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
from statistics import median

import deploy_proxied
import machine
import servers
import show
from measure import Command, Run, execute, in_turn, middle
from web_images import answers, import_version

NAME = f"tidegate-bench-{os.getpid()}"
REPOSITORY = f"{NAME}/api"
CURRENT = f"{REPOSITORY}:latest"

PROJECT = """\
name: NAME
services:
  api:
    image: IMAGE
    pull_policy: never
    ports: ["127.0.0.1:PORT:80"]
"""

DEPLOY, ROLLBACK = "deploy", "rollback"
PEER = "docker compose up --force-recreate --no-deps"


class Probe(threading.Thread):
    """Requests a page again and again, and keeps the longest time between two answers."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.longest, self.last = port, 0.0, time.perf_counter()
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.wait(0.003):
            if answers(self.port):
                now = time.perf_counter()
                self.longest, self.last = max(self.longest, now - self.last), now


class Project:
    """A Compose project with one service on a fixed port."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.home, self.port = folder, folder / "home", servers.free_port()
        plugins = self.home / ".docker" / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(shutil.which("docker-compose"))
        text = PROJECT.replace("NAME", NAME).replace("IMAGE", CURRENT)
        (folder / "compose.yaml").write_text(text.replace("PORT", str(self.port)))
        (folder / "tidegate.toml").write_text('[deploy]\nsoak = "0s"\n')
        self.version = 1

    def command(self, *argv) -> Command:
        """A program in the project's folder."""
        return Command(list(argv), {"HOME": str(self.home)}, str(self.folder))

    def served(self, command: Command, run) -> Run:
        """What a command took, with the time in which nobody was served."""
        probe = Probe(self.port)
        probe.start()
        time.sleep(0.2)
        result = run(command, self.folder / "log")
        while not answers(self.port):
            time.sleep(0.01)
        time.sleep(0.2)
        probe.ending.set()
        probe.join()
        return Run(probe.longest, parts={"command": result.seconds})

    def choose_other_version(self) -> None:
        """The service's reference stands for the other image."""
        self.version = 3 - self.version
        tag(f"{REPOSITORY}:{self.version}", CURRENT)

    def contestant(self, *argv, after_deployment: bool = False):
        """Replaces the container by one of the other image."""

        def contend(_: int, run) -> Run:
            if after_deployment:
                self.choose_other_version()
                execute(self.command(*self.deploy), self.folder / "before")
                self.version = 3 - self.version
            else:
                self.choose_other_version()
            return self.served(self.command(*argv), run)

        return contend


def tag(image: str, name: str) -> None:
    """Another name for an image."""
    subprocess.run(["docker", "tag", image, name], check=True)


@contextlib.contextmanager
def images():
    """Two images of a web server, as long as the block lasts."""
    for version in (1, 2):
        import_version(f"{REPOSITORY}:{version}", str(version))
    tag(f"{REPOSITORY}:1", CURRENT)
    try:
        yield
    finally:
        names = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY]
        found = subprocess.run(names, check=True, capture_output=True, text=True).stdout.split()
        subprocess.run(["docker", "rmi", "--force", *found], check=False, stdout=subprocess.DEVNULL)


def report(title: str, results: dict[str, list[Run]], ours: str) -> None:
    """The outage and the time of the whole command."""
    show.contest(f"{title}: nobody is served for", results, ours)
    show.bar("outage in relation to Compose", middle(results[ours]) / middle(results[PEER]), 1)
    for name, runs in results.items():
        whole = median(run.parts["command"] for run in runs)
        show.note(f"- `{name}` takes {show.duration(whole)} in all.")


def main() -> None:
    """Measures a deployment and a rollback."""
    parser = argparse.ArgumentParser(description="compare deploy with docker compose up")
    parser.add_argument("-n", "--runs", type=int, default=9, help="runs of each program")
    options = parser.parse_args()
    machine.PROGRAMS = {
        "Docker Engine": machine.PROGRAMS["Docker Engine"],
        "docker-compose": ["docker-compose", "version"],
    }
    machine.facts(options.runs)
    programs = servers.programs(pathlib.Path(__file__).parents[2])
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        deploy_proxied.measure(options.runs, programs, pathlib.Path(folder))
    with images(), tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        project = Project(pathlib.Path(folder))
        state = ["--state-dir", f"{folder}/state", "--quiet"]
        project.deploy = [programs / "deploy", "--yes", *state]
        rollback = [programs / "rollback", "--yes", *state]
        up = ["docker", "compose", "up", "--detach", "--force-recreate", "--no-deps", "api"]
        execute(project.command("docker", "compose", "up", "--detach"), project.folder / "up")
        try:
            peer = project.contestant(*up)
            deployments = {DEPLOY: project.contestant(*project.deploy), PEER: peer}
            report("A deployment", in_turn(deployments, options.runs), DEPLOY)
            back = project.contestant(*rollback, after_deployment=True)
            report("A rollback", in_turn({ROLLBACK: back, PEER: peer}, options.runs), ROLLBACK)
        finally:
            down = project.command("docker", "compose", "down", "--timeout", "1")
            execute(down, project.folder / "down")
            volume = ["docker", "volume", "rm", f"tidegate-deployments-{NAME}"]
            subprocess.run(volume, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
