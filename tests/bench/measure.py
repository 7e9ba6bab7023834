"""Runs commands in turn, A B A B, and keeps what each run took."""

import os
import pathlib
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Callable

HERE = pathlib.Path(__file__).parent


@dataclass(frozen=True)
class Command:
    """A child program; `env` is added to this process's environment."""

    argv: list
    env: dict = field(default_factory=dict)
    cwd: str | None = None


@dataclass(frozen=True)
class Run:
    """What one run took. `parts` are seconds of it that have a name; memory is
    that of one run, in MiB; `processor` are the seconds that the program computed
    itself."""

    seconds: float
    mebibytes: float = 0.0
    processor: float = 0.0
    parts: dict = field(default_factory=dict)


#: Takes the number of the round and what runs commands, `execute` or `weigh`.
Contestant = Callable[[int, Callable], Run]


class Failed(Exception):
    """A program that must succeed did not."""


def execute(command: Command, log: pathlib.Path) -> Run:
    """Runs a command to its end; its output goes to `log`."""
    with log.open("wb") as output:
        begin, computed = time.perf_counter(), processor_time()
        ended = subprocess.run(stdout=output, **started(command))
        seconds, processor = time.perf_counter() - begin, processor_time() - computed
    expect_success(command, ended.returncode, log)
    return Run(seconds, processor=processor)


def processor_time() -> float:
    """Seconds that children which have ended computed."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def listen(command: Command, log: pathlib.Path, told: Callable[[float, str], None]) -> Run:
    """As `execute`; each line is told as it comes, with the seconds gone by."""
    with log.open("w") as copy:
        begin = time.perf_counter()
        with subprocess.Popen(stdout=subprocess.PIPE, text=True, **started(command)) as child:
            for line in child.stdout:
                told(time.perf_counter() - begin, line)
                copy.write(line)
        seconds = time.perf_counter() - begin
    expect_success(command, child.returncode, log)
    return Run(seconds)


def started(command: Command) -> dict:
    """How `subprocess` is to start a command."""
    return {
        "args": [str(word) for word in command.argv],
        "stdin": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
        "env": {**os.environ, **command.env},
        "cwd": command.cwd,
    }


def expect_success(command: Command, code: int, log: pathlib.Path) -> None:
    """A failed run must not count as a fast one."""
    if code != 0:
        tail = log.read_text(errors="replace")[-3000:]
        raise Failed(f"{command.argv[0]} ended with {code}:\n{tail}")


def weigh(command: Command, log: pathlib.Path) -> Run:
    """As `execute`, through a small parent that tells the peak memory."""
    report = log.with_suffix(".peak")
    launcher = [sys.executable, "-I", "-S", HERE / "peak.py", report]
    run = execute(replace(command, argv=[*launcher, *command.argv]), log)
    return replace(run, mebibytes=int(report.read_text()) / 1024)


def in_turn(
    contestants: dict[str, Contestant], runs: int, memory: bool = False
) -> dict[str, list[Run]]:
    """One run of each to warm up, which is thrown away, then `runs` of each;
    with `memory`, one more that is weighed and not timed.

    Who goes first changes with every round: neither always finds the caches
    as the other left them.
    """
    names = list(contestants)
    results = {name: [] for name in names}
    for number in range(runs + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            result = contestants[name](number, execute)
            if number > 0:
                results[name].append(result)
            print(f"  {name}: {result.seconds:.3f} s", file=sys.stderr)
    for name in names if memory else []:
        weight = contestants[name](runs + 1, weigh).mebibytes
        results[name] = [replace(run, mebibytes=weight) for run in results[name]]
    return results


def middle(runs: list[Run]) -> float:
    """Median of the wall times in seconds."""
    return median(run.seconds for run in runs)
