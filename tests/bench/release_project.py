"""A copy of the example project with a git repository and a remote of its own."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).parents[2]

SETTINGS = """\
[package]
indexes = ["first", "second"]
version-files = ["src/greeter/version.py"]

[package.install-check]
version-command = ["greeter", "--version"]

[index.first]
upload = "{first[0]}"
simple = "{first[1]}"

[index.second]
upload = "{second[0]}"
simple = "{second[1]}"
"""

IMAGE = """
[[image]]
name = "{name}"
repository = "{repository}"
dockerfile = "{dockerfile}"
before = ["hooks/build-server", "amd64"]
build-args = {{ VERSION = "{{version}}", COMMIT = "{{commit}}" }}
contains = ["/greeter-{name}", "--version"]
tags = {tags}
floating = {floating}
"""


class Project:
    """One side's project. Both sides publish the same, under names of their own."""

    def __init__(self, place: pathlib.Path, name: str, port: int, indexes: dict):
        self.folder = place / f"{name}-project"
        self.image = f"127.0.0.1:{port}/bench/{name}"
        self.indexes = indexes
        built = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT / "examples/greeter", self.folder, ignore=built)
        self.name_package(f"bench-greeter-{name}")
        self.configure()
        self.make_repository(place / f"{name}.git")

    def name_package(self, name: str) -> None:
        """A project name that only this side uploads to."""
        file = self.folder / "pyproject.toml"
        file.write_text(file.read_text().replace('"tidegate-greeter"', f'"{name}"'))
        # The original writes no changelog.
        (self.folder / "CHANGELOG.md").unlink()

    def configure(self) -> None:
        """tidegate.toml for the same targets that the original publishes to."""
        server = IMAGE.format(
            name="server",
            repository=self.image,
            dockerfile="Dockerfile",
            tags='["{version}"]',
            floating='["latest"]',
        )
        cron = IMAGE.format(
            name="cron",
            repository=self.image,
            dockerfile="Dockerfile.cron",
            tags='["cron-{version}", "cron-{version}-{commit}"]',
            floating='["cron"]',
        )
        text = SETTINGS.format(**self.indexes) + server + cron
        (self.folder / "tidegate.toml").write_text(text)
        (self.folder / ".gitignore").write_text("dist/\nserver/build/\n*.egg-info/\n__pycache__/\n")

    def make_repository(self, remote: pathlib.Path) -> None:
        """One commit on `main`, pushed to a bare repository."""
        git("init", "--quiet", "--bare", "--initial-branch=main", remote)
        for words in [
            ["init", "--quiet", "--initial-branch=main"],
            ["config", "user.name", "Bench"],
            ["config", "user.email", "bench@example.org"],
            ["add", "--all"],
            ["commit", "--quiet", "--message", "Begin"],
            ["remote", "add", "origin", remote],
            ["push", "--quiet", "--set-upstream", "origin", "main"],
        ]:
            git("-C", self.folder, *words)


def git(*words) -> None:
    """Runs git."""
    subprocess.run(["git", *(str(word) for word in words)], check=True)
