"""Runs the benchmark of stop-compose; see stop.sh."""

import argparse
import contextlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import machine
import servers
import show
from measure import Command, Run, execute, in_turn, middle

NAME = f"tidegate-bench-{os.getpid()}"
IMAGE = f"{NAME}:1"

#: Ends at once when it is told to, so that the time is that of the programs.
SERVICE = f"""\
  service-NUMBER:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, "trap 'exit 0' TERM; sleep 3600 & wait"]
"""

PLUGIN, STANDALONE = "docker compose down", "docker-compose down"
OURS, NATIVE = "stop-compose", "stop-compose --native"


class Project:
    """A Compose project, and a user's home with Compose as a plugin of docker."""

    def __init__(self, folder: pathlib.Path, services: int) -> None:
        self.folder, self.home = folder, folder / "home"
        plugins = self.home / ".docker" / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(shutil.which("docker-compose"))
        texts = (SERVICE.replace("NUMBER", str(number)) for number in range(services))
        (folder / "compose.yaml").write_text(f"name: {NAME}\nservices:\n{''.join(texts)}")

    def command(self, *argv: str) -> Command:
        """A program in the project's folder."""
        return Command(list(argv), {"HOME": str(self.home)}, str(self.folder))

    def contestant(self, command: Command):
        """Brings the project up, and times how it is taken down."""

        def contend(_: int, run) -> Run:
            execute(self.command("docker-compose", "up", "--detach"), self.folder / "up")
            result = run(command, self.folder / "down")
            if left := of_project("ps", "--all") + of_project("network", "ls"):
                raise RuntimeError(f"{len(left)} containers and networks are left")
            return result

        return contend


def of_project(*what: str) -> list[str]:
    """Identifiers of what the engine has of the project."""
    label = f"label=com.docker.compose.project={NAME}"
    argv = ["docker", *what, "--quiet", "--filter", label]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


@contextlib.contextmanager
def service_image():
    """An image with a shell, as long as the block lasts."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as layer:
        layer.add("/bin/busybox", "bin/busybox")
    load = ["docker", "import", "-", IMAGE]
    subprocess.run(load, check=True, input=archive.getvalue(), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        for container in of_project("ps", "--all"):
            subprocess.run(["docker", "rm", "--force", container], check=False)
        for network in of_project("network", "ls"):
            subprocess.run(["docker", "network", "rm", network], check=False)
        remove = ["docker", "rmi", "--force", IMAGE]
        subprocess.run(remove, check=False, stdout=subprocess.DEVNULL)


def measure(runs: int, services: int, program: pathlib.Path) -> None:
    """A project of so many services is taken down by everybody."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        project = Project(pathlib.Path(folder), services)
        commands = {
            OURS: project.command(program),
            NATIVE: project.command(program, "--native"),
            PLUGIN: project.command("docker", "compose", "down"),
            STANDALONE: project.command("docker-compose", "down"),
        }
        contestants = {name: project.contestant(command) for name, command in commands.items()}
        results = in_turn(contestants, runs)
        noun = "service" if services == 1 else "services"
        show.contest(f"Take {services} {noun} down", results, OURS)
        for ours in (OURS, NATIVE):
            ratio = middle(results[ours]) / middle(results[PLUGIN])
            show.bar(f"`{ours}` in relation to `{PLUGIN}`", ratio, 1)


def main() -> None:
    """Measures projects of the sizes asked for."""
    parser = argparse.ArgumentParser(description="compare stop-compose with what it replaces")
    parser.add_argument("-n", "--runs", type=int, default=7, help="runs of each program")
    parser.add_argument("services", nargs="*", type=int, metavar="SERVICES", help="default: 1 10 50")
    options = parser.parse_args()
    machine.PROGRAMS = {
        "Docker Engine": machine.PROGRAMS["Docker Engine"],
        "docker (client)": machine.PROGRAMS["docker (client)"],
        "docker-compose": ["docker-compose", "version"],
    }
    machine.facts(options.runs)
    root = pathlib.Path(__file__).parents[2]
    program = servers.programs(root) / "stop-compose"
    with service_image():
        for services in options.services or [1, 10, 50]:
            print(f"  {services}", file=sys.stderr)
            measure(options.runs, services, program)


if __name__ == "__main__":
    main()
