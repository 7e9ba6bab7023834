"""A build backend, for tests."""

import os
import tarfile
import zipfile

import settings  # written by each test, beside this file

STEM = "%s-%s" % (settings.NAME, settings.VERSION)


def get_requires_for_build_sdist(config_settings=None):
    getattr(settings, "requires_trouble", lambda: None)()
    return getattr(settings, "REQUIRES", [])


def build_sdist(folder, config_settings=None):
    settings.trouble("build_sdist")
    print("packing", STEM)
    with tarfile.open(os.path.join(folder, STEM + ".tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend", "sample.py"):
            archive.add(name, "%s/%s" % (STEM, name))
    return STEM + ".tar.gz"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    settings.trouble("build_wheel")
    stem = "%s-%s" % (settings.NAME, getattr(settings, "WHEEL_VERSION", settings.VERSION))
    info = stem + ".dist-info/"
    file = stem + "-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % tuple(stem.split("-"))
    metadata += "".join("Requires-Dist: %s\n" % name for name in settings.DEPENDENCIES)
    metadata += "".join("Provides-Extra: %s\n" % name for name in getattr(settings, "EXTRAS", []))
    with zipfile.ZipFile(os.path.join(folder, file), "w") as wheel:
        wheel.write("sample.py", "sample.py")
        wheel.writestr(info + "METADATA", metadata)
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\nsample = sample:main\n")
        wheel.writestr(info + "RECORD", "")
    return file
