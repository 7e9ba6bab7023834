"""Prints the version of this CPython, then the platform tags whose wheels it accepts.

The rules are those of PEP 600, PEP 656 and `packaging.tags`; the best tag comes first. Nothing is
printed for another implementation, or for a build without the global lock, whose interfaces have
other names.
"""

import glob
import os
import platform
import re
import struct
import subprocess
import sys
import sysconfig

LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}


def musl_version():
    for loader in glob.glob("/lib/ld-musl-*.so.1"):
        text = subprocess.run([loader], stderr=subprocess.PIPE, check=False).stderr.decode()
        found = re.search(r"Version (\d+)\.(\d+)", text)
        if found:
            return int(found[1]), int(found[2])
    return None


def glibc_version():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        major, minor = version.split(".")[:2]
        return (int(major), int(re.match(r"\d+", minor)[0])) if name == "glibc" else None
    except (AttributeError, OSError, TypeError, ValueError):
        return None


def linux_tags(machine):
    glibc = glibc_version()
    if glibc:
        for minor in range(glibc[1], 4, -1):
            yield "manylinux_%d_%d_%s" % (glibc[0], minor, machine)
            if (glibc[0], minor) in LEGACY:
                yield "%s_%s" % (LEGACY[glibc[0], minor], machine)
    else:
        musl = musl_version()
        for minor in range(musl[1], -1, -1) if musl else ():
            yield "musllinux_%d_%d_%s" % (musl[0], minor, machine)
    yield "linux_" + machine


def macos_tags(machine):
    version = tuple(int(part) for part in platform.mac_ver()[0].split(".")[:2])
    machines = [machine, "universal2"] + (["intel", "fat64", "fat3", "universal"] if machine == "x86_64" else [])
    recent = [(major, 0) for major in range(version[0], 10, -1)]
    older = [(10, minor) for minor in range(version[1] if version[0] == 10 else 16, 3, -1)]
    for release in recent + older:
        for name in machines if release[0] > 10 or machine == "x86_64" else ["universal2"]:
            yield "macosx_%d_%d_%s" % (release + (name,))


def tags():
    name = re.sub(r"[-. ]", "_", sysconfig.get_platform())
    if name.startswith("linux_"):
        machine = name[len("linux_"):]
        if struct.calcsize("P") == 4:
            machine = {"x86_64": "i686", "aarch64": "armv7l"}.get(machine, machine)
        return linux_tags(machine)
    if sys.platform == "darwin":
        return macos_tags(platform.machine())
    return [name]


if sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("%d.%d" % sys.version_info[:2])
    print("\n".join(tags()))
