"""Makes wheels and sdists to upload; building real ones would measure the builder."""

import base64
import functools
import hashlib
import io
import os
import pathlib
import tarfile
import zipfile


def metadata(name: str, version: str) -> str:
    """Core metadata, as small as indexes take."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Made for measuring\n"


def wheel(folder: pathlib.Path, name: str, version: str, payload: bytes = b"") -> pathlib.Path:
    """A pure wheel; `payload` is one incompressible file in it."""
    stem = f"{name.replace('-', '_')}-{version}"
    about = f"{stem}.dist-info"
    files = {
        f"{name.replace('-', '_')}/__init__.py": f"__version__ = {version!r}\n".encode(),
        f"{about}/METADATA": metadata(name, version).encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if payload:
        files[f"{name.replace('-', '_')}/payload.bin"] = payload
    lines = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items()]
    files[f"{about}/RECORD"] = "".join([*lines, f"{about}/RECORD,,\n"]).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name_inside, content in files.items():
            archive.writestr(name_inside, content)
    return path


def sdist(folder: pathlib.Path, name: str, version: str) -> pathlib.Path:
    """A source distribution with nothing to build."""
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{stem}/PKG-INFO": metadata(name, version),
        f"{stem}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "{version}"\n',
    }
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name_inside, text in files.items():
            entry = tarfile.TarInfo(name_inside)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@functools.cache
def incompressible(mebibytes: int) -> bytes:
    """The same random bytes each time."""
    return os.urandom(mebibytes << 20)


@functools.cache
def digest(content: bytes) -> str:
    """As RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
