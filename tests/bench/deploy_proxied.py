"""A service behind nginx: deploy and rollback beside what people do by hand."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import threading
import time

import servers
import show
from measure import Command, Run, execute, in_turn, middle
from web_images import answers, import_version

HERE = pathlib.Path(__file__).parent
NAME = f"tidegate-bench-proxied-{os.getpid()}"
DEPLOY, ROLLOUT = "deploy", "docker-rollout's procedure"
ROLLBACK, PULL_AND_UP = "rollback", "docker compose pull && up --wait"

COMPOSE = """\
name: NAME
services:
  api:
    image: REPOSITORY:${TAG}
    healthcheck:
      test: ["CMD", "/bin/busybox", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
      interval: 1s
  proxy:
    image: NAME/nginx
    pull_policy: never
    command: ["nginx", "-c", "/etc/proxy.conf", "-e", "stderr", "-g", "daemon off;"]
    volumes: ["./proxy.conf:/etc/proxy.conf:ro"]
    ports: ["127.0.0.1:PORT:80"]
    depends_on: [api]
"""
NGINX = """\
events {}
http {
    access_log off;
    server { listen 80; location / { proxy_pass http://api; } }
}
"""
SETTINGS = """\
[deploy]
services = ["api"]
soak = "0s"

[deploy.service.api]
order = "start-first"
"""


class Users(threading.Thread):
    """Sends one request after the other, and counts those that fail."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.sent, self.failed = port, 0, 0
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.wait(0.003):
            self.sent += 1
            self.failed += not answers(self.port)

    def end(self) -> None:
        """Returns after the last answer."""
        self.ending.set()
        self.join()


class Project:
    """A Compose project with an API behind nginx, and a registry."""

    def __init__(self, folder: pathlib.Path, registry: int, programs: pathlib.Path) -> None:
        self.folder, self.home, self.port = folder, folder / "home", servers.free_port()
        self.repository = f"127.0.0.1:{registry}/{NAME}"
        plugins = self.home / ".docker" / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(shutil.which("docker-compose"))
        text = COMPOSE.replace("NAME", NAME).replace("REPOSITORY", self.repository)
        (folder / "compose.yaml").write_text(text.replace("PORT", str(self.port)))
        (folder / "proxy.conf").write_text(NGINX)
        (folder / "tidegate.toml").write_text(SETTINGS)
        self.options = ["--yes", "--state-dir", f"{folder}/state", "--quiet"]
        self.programs = programs

    def command(self, *argv) -> Command:
        """A program in the project's folder."""
        return Command(list(argv), {"HOME": str(self.home)}, str(self.folder))

    def run(self, *argv) -> Run:
        """Runs a command that must succeed."""
        return execute(self.command(*argv), self.folder / "log")

    def start(self) -> None:
        """Version 1, and a proxy that answers."""
        for version in ("1", "2"):
            import_version(f"{self.repository}:{version}", version)
            self.run("docker", "push", "--quiet", f"{self.repository}:{version}")
        self.run(HERE.parent / "fixtures/debian-image", "nginx", f"{NAME}/nginx")
        self.choose("1")
        self.run("docker", "compose", "up", "--detach", "--wait")
        while not answers(self.port):
            time.sleep(0.05)

    def choose(self, tag: str) -> None:
        """Writes the tag that the Compose file names."""
        (self.folder / ".env").write_text(f"TAG={tag}\n")

    def other(self) -> str:
        """The version that does not run."""
        return str(3 - int((self.folder / ".env").read_text().strip().partition("=")[2]))

    def under_load(self, *commands: list) -> Run:
        """The commands, one after the other, and how many requests failed meanwhile."""
        users = Users(self.port)
        users.start()
        seconds = sum(self.run(*command).seconds for command in commands)
        time.sleep(0.3)
        users.end()
        return Run(seconds, parts={"failed": users.failed, "sent": users.sent})

    def by_hand(self, *commands: list) -> Run:
        """With the other tag in the file; afterwards nginx looks the name up anew."""
        self.choose(self.other())
        result = self.under_load(["docker", "compose", "pull", "--quiet", "api"], *commands)
        reload = ["nginx", "-c", "/etc/proxy.conf", "-s", "reload"]
        self.run("docker", "compose", "exec", "--no-TTY", "proxy", *reload)
        self.settle()
        return result

    def settle(self) -> None:
        """Waits for the end of a reload: until then nginx answers for a container that is gone."""
        answered = 0
        while answered < 20:
            answered = answered + 1 if answers(self.port) else 0
            time.sleep(0.02)

    def deploy(self, number: int, _) -> Run:
        """`deploy VERSION`."""
        return self.under_load([self.programs / "deploy", self.other(), *self.options])

    def roll_out(self, number: int, _) -> Run:
        """What docker-rollout does."""
        return self.by_hand(["bash", HERE / "original/rollout.sh", "api"])

    def roll_back(self, number: int, _) -> Run:
        """`rollback`, after a deployment that is not measured."""
        self.run(self.programs / "deploy", self.other(), *self.options)
        return self.under_load([self.programs / "rollback", *self.options])

    def pull_and_up(self, number: int, _) -> Run:
        """The usual way back."""
        return self.by_hand(["docker", "compose", "up", "--detach", "--wait", "api"])

    def remove(self) -> None:
        """Only what has this benchmark's name."""
        quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with contextlib.suppress(Exception):
            self.run("docker", "compose", "down", "--timeout", "1")
        subprocess.run(["docker", "volume", "rm", f"tidegate-deployments-{NAME}"], **quiet)
        for name in (self.repository, f"{NAME}/nginx"):
            listing = ["docker", "images", "--quiet", "--filter", f"reference={name}"]
            found = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
            subprocess.run(["docker", "rmi", "--force", *found], **quiet)


def measure(runs: int, programs: pathlib.Path, folder: pathlib.Path) -> None:
    """A deployment and a rollback, from the command to the new version that is healthy."""
    with servers.docker_registry(folder / "registry") as registry:
        project = Project(folder, registry, programs)
        try:
            project.start()
            deployments = {DEPLOY: project.deploy, ROLLOUT: project.roll_out}
            contest("A deployment behind nginx", deployments, runs, None)
            back = {ROLLBACK: project.roll_back, PULL_AND_UP: project.pull_and_up}
            contest("A rollback behind nginx", back, runs, PULL_AND_UP)
        finally:
            project.remove()


def contest(title: str, contestants: dict, runs: int, peer: str | None) -> None:
    """Times, and requests that failed."""
    results = in_turn(contestants, runs)
    ours = next(iter(results))
    show.contest(f"{title}: the command takes", results, ours)
    if peer:
        show.bar("time in relation to Compose", middle(results[ours]) / middle(results[peer]), 1)
    for name, measured in results.items():
        failed = sum(run.parts["failed"] for run in measured)
        sent = sum(run.parts["sent"] for run in measured)
        show.note(f"- `{name}`: {failed:.0f} of {sent:.0f} requests failed.")
