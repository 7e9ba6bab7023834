"""Runs the benchmark of backups and restores; see backup.sh."""

import argparse
import contextlib
import os
import pathlib
import subprocess
import tempfile
import threading
import time

import machine
import servers
import show
from measure import Command, Run, execute, in_turn, middle

NAME = f"tidegate-bench-{os.getpid()}"
IMAGE = f"{NAME}/postgres:1"
ROOT = pathlib.Path(__file__).parents[2]

PROJECT = f"""\
name: {NAME}
services:
  db:
    image: {IMAGE}
    pull_policy: never
    environment: {{POSTGRES_USER: shop, POSTGRES_DB: shop, POSTGRES_PASSWORD: hush-4711}}
"""
CONFIGURATION = """\
[backups]
directory = "kept"
keep = { hourly = 2 }
[database.shop]
service = "db"
"""
TABLE = """
CREATE TABLE orders AS SELECT id, md5(id::text) AS name, now() AS made, random() AS price
FROM generate_series(1, ROWS) AS id
"""

BACKUP, RESTORE = "backup-databases", "restore-database"
PEER = "pg_dump -Fc | zstd"
RELOAD = "drop and reload"


class Probe(threading.Thread):
    """Connects and asks again and again, and keeps the longest time between two answers.

    Each question is a client of its own inside the container, which takes some 20 ms: a gap
    of that length is no outage.
    """

    LOOP = (
        "rm -f /tmp/stop; while [ ! -e /tmp/stop ]; do "
        "psql -XqAt -U shop -d shop -c 'SELECT id FROM orders LIMIT 1' 2>/dev/null; done"
    )

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest, self.last = 0.0, None
        argv = ["docker", "exec", f"{NAME}-db-1", "sh", "-c", self.LOOP]
        self.child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def run(self) -> None:
        for _ in self.child.stdout:
            now = time.perf_counter()
            self.longest = max(self.longest, now - (self.last or now))
            self.last = now

    def stop(self) -> None:
        """Ends the questions."""
        subprocess.run(["docker", "exec", f"{NAME}-db-1", "sh", "-c", ">/tmp/stop"], check=True)
        self.join()
        self.child.wait()


class Project:
    """A Compose project with a database."""

    def __init__(self, folder: pathlib.Path, programs: pathlib.Path) -> None:
        self.folder, self.programs = folder, programs
        (folder / "compose.yaml").write_text(PROJECT)
        (folder / "tidegate.toml").write_text(CONFIGURATION)

    def command(self, *argv) -> Command:
        """A program in the project's folder."""
        return Command(list(argv), {"HOME": str(self.folder)}, str(self.folder))

    def ours(self, program: str, *arguments) -> Command:
        """One of the programs that are measured."""
        state = ["--state-dir", self.folder / "state", "--quiet"]
        return self.command(self.programs / program, *arguments, *state)

    def shell(self, script: str) -> Command:
        """What the programs replace."""
        return self.command("bash", "-c", f"set -euo pipefail; {script.replace('DB', f'{NAME}-db-1')}")

    def psql(self, statement: str) -> None:
        """Runs a statement."""
        argv = ["docker", "exec", f"{NAME}-db-1", "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-U", "shop", "-c", statement]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Until the server answers."""
        argv = ["docker", "exec", f"{NAME}-db-1", "psql", "-U", "shop", "-c", ""]
        while subprocess.run(argv, check=False, capture_output=True).returncode:
            time.sleep(0.2)

    def probed(self, command: Command, run) -> Run:
        """The longest time in which nobody got an answer, with the time of the command."""
        probe = Probe()
        probe.start()
        time.sleep(0.5)
        result = run(command, self.folder / "log")
        time.sleep(0.5)
        probe.stop()
        return Run(probe.longest, parts={"command": result.seconds})


def backups(project: Project, runs: int) -> None:
    """A dump into the store, verified and not, and the same by the server's own tools."""
    dump = project.shell(
        "docker exec DB pg_dump -U shop -Fc -Z 0 shop | zstd -q -f -o plain.zst; sync plain.zst"
    )
    verified = project.shell(
        "docker exec DB pg_dump -U shop -Fc -Z 0 shop | zstd -q -f -o plain.zst; sync plain.zst; "
        "zstd -dqc plain.zst | docker exec -i DB pg_restore -f /dev/null"
    )
    log = project.folder / "log"
    backup = project.ours(BACKUP, "--type", "hourly")
    contestants = {
        BACKUP: lambda _, run: run(backup, log),
        f"{PEER}, then pg_restore -f /dev/null": lambda _, run: run(verified, log),
        PEER: lambda _, run: run(dump, log),
    }
    results = in_turn(contestants, runs, memory=True)
    show.contest("A backup, verified by reading", results, BACKUP)
    peer = results[f"{PEER}, then pg_restore -f /dev/null"]
    show.bar("time in relation to the same work by hand", middle(results[BACKUP]) / middle(peer), 1 / 0.95)
    show.bar("peak memory", results[BACKUP][0].mebibytes, 30, "MiB")
    restore = project.ours(BACKUP, "--type", "hourly", "--verify", "restore")
    tested = in_turn({BACKUP: lambda _, run: run(restore, log)}, max(1, runs // 3))
    show.note(f"- With a restore as a test: {show.duration(middle(tested[BACKUP]))}.")


def restores(project: Project, runs: int) -> None:
    """For how long the database does not answer."""
    reload = project.shell(
        "zstd -dqc plain.zst >plain; docker exec DB psql -q -U shop postgres "
        "-c 'DROP DATABASE shop WITH (FORCE)' -c 'CREATE DATABASE shop'; "
        "docker exec -i DB pg_restore -U shop -d shop <plain"
    )

    def restore(_: int, run) -> Run:
        result = project.probed(project.ours(RESTORE, "latest", "--yes"), run)
        run(project.ours(RESTORE, "--confirm", "--yes"), project.folder / "confirm")
        return result

    contestants = {RESTORE: restore, RELOAD: lambda _, run: project.probed(reload, run)}
    results = in_turn(contestants, runs)
    show.contest("A restore: the database does not answer for", results, RESTORE)
    show.bar("outage", middle(results[RESTORE]), 0.05, "s")
    idle = project.probed(project.command("sleep", "3"), execute).seconds
    show.note(f"- The longest time between two answers while nothing happens: {show.duration(idle)}.")
    for name, measured in results.items():
        whole = sorted(run.parts["command"] for run in measured)[len(measured) // 2]
        show.note(f"- `{name}` takes {show.duration(whole)} in all.")


@contextlib.contextmanager
def image():
    """A PostgreSQL server of Debian, as long as the block lasts."""
    subprocess.run([ROOT / "tests/fixtures/debian-image", "postgresql", IMAGE], check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run(["docker", "rmi", "--force", IMAGE], check=False, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measures backups and restores of one table."""
    parser = argparse.ArgumentParser(description="compare backups with pg_dump and zstd")
    parser.add_argument("-n", "--runs", type=int, default=5, help="runs of each program")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table")
    options = parser.parse_args()
    machine.PROGRAMS = {"Docker Engine": machine.PROGRAMS["Docker Engine"], "zstd": ["zstd", "--version"]}
    machine.facts(options.runs)
    programs = servers.programs(ROOT)
    with image(), tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        project = Project(pathlib.Path(folder), programs)
        subprocess.run(["docker-compose", "up", "--detach"], check=True, cwd=folder, capture_output=True)
        try:
            project.wait()
            project.psql(TABLE.replace("ROWS", str(options.rows)))
            backups(project, options.runs)
            restores(project, options.runs)
        finally:
            down = ["docker-compose", "down", "--volumes", "--timeout", "0"]
            subprocess.run(down, check=False, cwd=folder, capture_output=True)


if __name__ == "__main__":
    main()
