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
    return re.search(rf'^{key} = "(.*)"$', PYPROJECT, re.MULTILINE).group(1)


NAME, VERSION = setting("name"), setting("version")
STEM = f"{NAME.replace('-', '_')}-{VERSION}"
METADATA = f"""Metadata-Version: 2.1
Name: {NAME}
Version: {VERSION}
Summary: Prints its version
Requires-Python: >=3.8
"""


def build_sdist(folder, settings=None):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in ["backend.py", "demo_tool.py", "pyproject.toml"]:
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
    files = {
        "demo_tool.py": pathlib.Path("demo_tool.py").read_text(),
        f"{inside}/METADATA": METADATA,
        f"{inside}/WHEEL": "Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{inside}/entry_points.txt": "[console_scripts]\ndemo-tool = demo_tool:main\n",
    }
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
