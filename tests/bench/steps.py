"""Reads from the program's events when its steps ran."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A step that ended; seconds since the program's start."""

    name: str
    begin: float
    end: float

    def verifies(self) -> bool:
        """Whether the original has nothing like it."""
        return self.name.endswith(".verify")


class Steps:
    """Collects them line by line."""

    def __init__(self):
        self.ended = []
        self.running = {}

    def told(self, now: float, line: str) -> None:
        """One line of `--format json`."""
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "step-started":
            self.running[event["step"]] = now
        elif event.get("event") == "step-finished":
            begin = self.running.pop(event["step"], now)
            self.ended.append(Step(event["step"], begin, now))

    def only_verifying(self) -> float:
        """Seconds in which verification ran and nothing else did."""
        moments = sorted({moment for step in self.ended for moment in (step.begin, step.end)})
        spans = zip(moments, moments[1:])
        return sum(end - begin for begin, end in spans if self.verifies_only(begin, end))

    def verifies_only(self, begin: float, end: float) -> bool:
        """No step begins or ends between two neighbouring moments."""
        running = [step for step in self.ended if step.begin <= begin and step.end >= end]
        return bool(running) and all(step.verifies() for step in running)
