"""Many small images under one name, as a project with a long history has them."""

import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

#: Layers that all images share, and the one that each has for itself, in bytes.
SHARED = [1 << 18] * 3
OWN = 20_000


class Images:
    """Archives for `docker load`, and what is left of them in the engine."""

    def __init__(self, folder: pathlib.Path) -> None:
        # No other run's name may begin with this one: the original would take both.
        self.repository = f"tidegate-bench/{os.getpid()}/app"
        self.folder = folder
        self.shared = [layer(f"shared{number}", size) for number, size in enumerate(SHARED)]

    def load(self, count: int) -> None:
        """So many images with two tags each are in the engine, and no others."""
        self.remove()
        with self.archive(count).open("rb") as archive:
            docker("load", "--quiet", stdin=archive)
        if (there := len(self.tags())) != 2 * count:
            raise RuntimeError(f"{there} tags after loading {count} images")

    def archive(self, count: int) -> pathlib.Path:
        """The file that `docker save` would have written; made once."""
        path = self.folder / f"{count}.tar"
        if not path.exists():
            with tarfile.open(path, "w") as archive:
                for content in self.shared:
                    add(archive, place(content), content)
                manifest = [self.add(archive, number) for number in range(count)]
                add(archive, "manifest.json", json.dumps(manifest).encode())
        return path

    def add(self, archive: tarfile.TarFile, number: int) -> dict:
        """One image; its entry of the manifest."""
        own = layer(f"own{number}", OWN)
        add(archive, place(own), own)
        layers = [*self.shared, own]
        config = configuration(number, layers)
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        add(archive, config_name, config)
        tags = [f"{self.repository}:{prefix}1.0.{number}" for prefix in ("", "cron-")]
        return {"Config": config_name, "RepoTags": tags, "Layers": [place(one) for one in layers]}

    def tags(self) -> list[str]:
        """Those that the engine has."""
        return docker("images", self.repository, "--format", "{{.Repository}}:{{.Tag}}").split()

    def remove(self) -> None:
        """None is left."""
        if tags := self.tags():
            docker("rmi", "--force", *tags)


def configuration(number: int, layers: list[bytes]) -> bytes:
    """What an image says about itself."""
    digests = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": f"2026-01-{number % 28 + 1:02}T00:00:00Z",
        "config": {"Cmd": ["/app"], "Labels": {"number": str(number)}},
        "rootfs": {"type": "layers", "diff_ids": digests},
        "history": [{"created_by": f"COPY layer{one} /"} for one in range(len(layers))],
    }
    return json.dumps(config).encode()


def place(content: bytes) -> str:
    """Where a layer lies in an archive."""
    return f"{hashlib.sha256(content).hexdigest()}/layer.tar"


def layer(name: str, size: int) -> bytes:
    """A layer of one file that does not compress."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        add(archive, name, os.urandom(size))
    return content.getvalue()


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """A file of an archive."""
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def docker(*words: str, stdin=subprocess.DEVNULL) -> str:
    """Docker's command line; it must succeed."""
    ended = subprocess.run(["docker", *words], stdin=stdin, check=True, stdout=subprocess.PIPE)
    return ended.stdout.decode()
