"""Deploys the bookshelf on this machine, while users send requests.

    python3 rehearsal/rehearse.py PROGRAMS REGISTRY-PROGRAM IMAGE-SCRIPTS

PROGRAMS is the folder with `deploy` and `rollback`, REGISTRY-PROGRAM serves a registry,
IMAGE-SCRIPTS is the folder with the scripts that make images of this machine's files.
Everything that it makes has a name of its own and is removed again. Ends with 1 if a
request failed or a command did not end as it should.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.request import urlopen

from load import Load

EXAMPLE = pathlib.Path(__file__).parents[1]
VERSIONS = ["1.0.0", "2.0.0", "3.0.0"]
#: What is wrong with 2.0.0: its health check answers 500.
DEFECT = ("SELECT id, title, readings", "SELECT id, title, reads")


@dataclass(frozen=True)
class Act:
    """A command, when it ran, and how it ended."""

    name: str
    begin: float
    end: float
    code: int
    expected: int


class Rehearsal:
    """A copy of the example with images, a registry and a Compose project of its own."""

    def __init__(self, programs: pathlib.Path, scripts: pathlib.Path, registry: str):
        self.programs, self.scripts = programs, scripts
        self.name = f"bookshelf-rehearsal-{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self.project = self.folder / "bookshelf"
        self.port = free_port()
        self.repository = f"{registry}/bookshelf"
        self.env = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_FILE": "compose.yaml:rehearsal/compose.yaml",
            "BOOKSHELF_PORT": str(self.port),
            "REGISTRY": registry,
            "REHEARSAL": self.name,
        }
        self.acts: list[Act] = []
        shutil.copytree(EXAMPLE, self.project, ignore=shutil.ignore_patterns("packages", "backups"))

    def build(self) -> None:
        """The images of the infrastructure, and three versions of the application."""
        show("building the images")
        for server in ["nginx", "postgresql", "redis"]:
            self.run(self.scripts / "debian-image", server, f"{self.name}/{server}")
        self.run(self.scripts / "python-image/build", f"{self.name}/python")
        self.run(sys.executable, "-m", "venv", self.folder / "venv")
        self.run("env", f"PATH={self.folder}/venv/bin:{os.environ['PATH']}", "hooks/collect-packages")
        for version in VERSIONS:
            self.build_version(version)

    def build_version(self, version: str) -> None:
        """Builds and pushes a version; the image stays at the registry only."""
        file = self.project / "bookshelf/database.py"
        source = file.read_text()
        if version == "2.0.0":
            file.write_text(source.replace(*DEFECT))
        image = f"{self.repository}:{version}"
        arguments = ["--build-arg", f"BASE={self.name}/python", "--build-arg", f"VERSION={version}"]
        self.run("docker", "build", "--quiet", "--tag", image, *arguments, ".")
        file.write_text(source)
        self.run("docker", "push", "--quiet", image)
        self.run("docker", "rmi", image)

    def first_deployment(self) -> None:
        """Nobody uses it yet."""
        self.run("docker-compose", "up", "--detach", "--wait", "database", "cache")
        self.act("first deployment, 1.0.0", 0, "deploy", "1.0.0", "--yes")
        self.run("docker-compose", "up", "--detach", "--no-deps", "proxy")
        wait_for(self.port)

    def deployments(self) -> Load:
        """A broken version, a good one, and back, under load."""
        with Load(self.port) as load:
            time.sleep(1)
            self.act("deploy 2.0.0, which is broken", 1, "deploy", "2.0.0", "--yes")
            self.act("deploy 3.0.0", 0, "deploy", "3.0.0", "--yes")
            self.act("rollback", 0, "rollback", "--yes")
            time.sleep(1)
        self.act("status", 0, "deployment-status")
        return load

    def act(self, name: str, expected: int, program: str, *arguments: str) -> None:
        """Runs a program of Tidegate, and shows what it prints."""
        state = ["--state-dir", str(self.folder / "state")]
        show(f"$ {' '.join([program, *arguments])}")
        begin = time.monotonic()
        command = [self.programs / program, *arguments, *state]
        code = subprocess.run(command, cwd=self.project, env=self.env).returncode
        self.acts.append(Act(name, begin, time.monotonic(), code, expected))

    def run(self, *command) -> None:
        """Runs what must succeed, quietly."""
        done = subprocess.run(
            [str(part) for part in command], cwd=self.project, env=self.env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")

    def remove(self) -> None:
        """Only what has this rehearsal's name."""
        subprocess.run(
            ["docker-compose", "down", "--volumes", "--timeout", "1"],
            cwd=self.project, env=self.env, capture_output=True,
        )
        records = f"tidegate-deployments-{self.name}"
        for container in listed("ps", "--all", "--quiet", "--filter", f"volume={records}"):
            docker("rm", "--force", container)
        docker("volume", "rm", records)
        for name in [self.repository, f"{self.name}/*"]:
            for image in listed("images", "--quiet", "--filter", f"reference={name}"):
                docker("rmi", "--force", image)
        shutil.rmtree(self.folder, ignore_errors=True)


def table(rehearsal: Rehearsal, load: Load) -> bool:
    """What users met during each command; whether all was as it should be."""
    print("\ncommand                        ends with  takes   requests  failed  slowest  served by")
    print("─────────────────────────────  ─────────  ──────  ────────  ──────  ───────  ────────────")
    good = True
    for act in rehearsal.acts:
        requests = load.between(act.begin, act.end)
        failed = [request for request in requests if request.failure]
        versions = ", ".join(sorted({request.version for request in requests if request.version}))
        slowest = max((request.seconds for request in requests), default=0)
        print(
            f"{act.name:29}  {act.code:9}  {act.end - act.begin:4.1f} s  {len(requests):8}"
            f"  {len(failed):6}  {slowest:5.2f} s  {versions}"
        )
        good = good and act.code == act.expected and not failed
    failed = [request for request in load.requests if request.failure]
    print(f"\n{len(load.requests)} requests, {len(failed)} failed")
    for failure in sorted({request.failure for request in failed}):
        print(f"  {failure}")
    return good and not failed


def serve_registry(program: pathlib.Path, stack: ExitStack) -> str:
    """Host and port of a registry that ends with the rehearsal."""
    process = subprocess.Popen([program, "distribution"], stdout=subprocess.PIPE, text=True)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    # It prints `docker push HOST:PORT/NAME:TAG`.
    return process.stdout.readline().split()[-1].partition("/")[0]


def docker(*arguments: str) -> str:
    """What it printed, whether or not it succeeded."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True).stdout


def listed(*arguments: str) -> list[str]:
    """The lines of a listing."""
    return docker(*arguments).split()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    """Waits for an answer: the engine listens before the proxy does."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urlopen(f"http://127.0.0.1:{port}/books", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nobody answers on port {port}")


def show(text: str) -> None:
    """A heading in the output."""
    print(f"\n{text}", flush=True)


def main() -> int:
    programs, registry, scripts = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
    with ExitStack() as stack:
        rehearsal = Rehearsal(programs, scripts, serve_registry(registry, stack))
        stack.callback(rehearsal.remove)
        rehearsal.build()
        rehearsal.first_deployment()
        load = rehearsal.deployments()
        return 0 if table(rehearsal, load) else 1


if __name__ == "__main__":
    sys.exit(main())
