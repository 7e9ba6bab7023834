"""What the figures were measured on."""

import os
import pathlib
import platform
import shutil
import subprocess

from show import table


def facts(runs: int) -> None:
    """Prints processor, memory, load, and versions of everything that takes part."""
    rows = [
        ["processor", f"{processor()}, {os.cpu_count()} cores"],
        ["memory", f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"],
        ["kernel", platform.release()],
        ["load before", " ".join(f"{load:.2f}" for load in os.getloadavg())],
        ["runs of each", str(runs)],
        ["measured by", f"Python {platform.python_version()}"],
    ]
    versions = [[name, first_line(argv)] for name, argv in PROGRAMS.items()]
    table(["fact", "value"], rows + versions)


PROGRAMS = {
    "Docker Engine": ["docker", "version", "--format", "{{.Server.Version}}"],
    "docker (client)": ["docker", "version", "--format", "{{.Client.Version}}"],
    "docker-registry": ["docker-registry", "--version"],
    "oras": ["oras", "version"],
    "skopeo": ["skopeo", "--version"],
    "twine": ["twine", "--version"],
    "uv": ["uv", "--version"],
    "pip": ["pip", "--version"],
    "build": ["pyproject-build", "--version"],
    "pypiserver": ["pypi-server", "--version"],
}


def processor() -> str:
    """The name that the kernel gives the processor."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def first_line(argv: list[str]) -> str:
    """What a program says its version is, without the places where it lies."""
    if shutil.which(argv[0]) is None:
        return "missing"
    output = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    line = (output.strip().splitlines() or ["missing"])[0]
    words = [word for word in line.split(" (")[0].split() if not word.startswith("/")]
    return " ".join(words).replace(" from", "")
