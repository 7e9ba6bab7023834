"""A build backend without requirements, whose output depends on its input only."""

import base64
import gzip
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile

PYPROJECT = pathlib.Path("pyproject.toml").read_text()


def setting(key):
    found = re.search(rf'^{key} = "(.*)"', PYPROJECT, re.MULTILINE)
    return found.group(1) if found else ""


def scripts():
    table = re.search(r"^\[project\.scripts\]\n((?:.+\n)*)", PYPROJECT, re.MULTILINE)
    return table.group(1).replace('"', "") if table else ""


NAME = setting("name")
# Indexes drop leading zeros.
VERSION = re.sub(r"(^|[.!])0+(?=\d)", r"\1", setting("version"))
MODULE = re.sub(r"[-_.]+", "_", NAME).lower()
STEM = f"{MODULE}-{VERSION}"
METADATA = f"""Metadata-Version: 2.1
Name: {NAME}
Version: {VERSION}
Summary: Prints its version
Requires-Python: {setting("requires-python") or ">=3.8"}
"""


def sources():
    """The files of the package, with the folder that their names in a wheel start from."""
    root = pathlib.Path("src" if pathlib.Path("src").is_dir() else ".")
    tops = root.iterdir() if root.name else [root / MODULE, root / f"{MODULE}.py"]
    files = [path for top in tops for path in [top, *top.rglob("*")] if path.is_file()]
    # A submodule has a file `.git`.
    return root, sorted(path for path in files if not {"__pycache__", ".git"} & {*path.parts})


def build_sdist(folder, settings=None):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in ["backend.py", "pyproject.toml", *map(str, sources()[1])]:
            add(archive, path, pathlib.Path(path).read_bytes())
        add(archive, "PKG-INFO", METADATA.encode())
    name = f"{STEM}.tar.gz"
    pathlib.Path(folder, name).write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return name


def add(archive, path, content):
    member = tarfile.TarInfo(f"{STEM}/{path}")
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def build_wheel(folder, settings=None, metadata=None):
    inside = f"{STEM}.dist-info"
    root, modules = sources()
    files = {
        **{str(path.relative_to(root)): path.read_bytes().decode() for path in modules},
        f"{inside}/METADATA": METADATA,
        f"{inside}/WHEEL": "Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts():
        files[f"{inside}/entry_points.txt"] = f"[console_scripts]\n{scripts()}"
    lines = [f"{path},{record(text.encode())}\n" for path, text in files.items()]
    files[f"{inside}/RECORD"] = "".join(lines) + f"{inside}/RECORD,,\n"
    name = f"{STEM}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return name


def record(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    return f"sha256={digest.rstrip('=')},{len(content)}"
