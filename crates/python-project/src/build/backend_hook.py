"""Calls one hook of a build backend (PEP 517) and writes the result as JSON.

Standard input is the request as JSON, the argument is the file for the response.
"""

import errno
import importlib
import json
import os
import sys
import tarfile
import traceback


def load(backend, folders):
    """The backend object; with ``backend-path`` it must come from there (PEP 517)."""
    sys.path[:0] = folders
    module, _, attributes = backend.partition(":")
    target = importlib.import_module(module)
    origin = os.path.realpath(getattr(target, "__file__", None) or "")
    if folders and not any(origin.startswith(folder + os.sep) for folder in folders):
        raise ImportError("%s is not in backend-path" % module)
    for name in filter(None, attributes.split(".")):
        target = getattr(target, name)
    return target


def unpack(archive, folder):
    """Unpacks an sdist; returns the name of its one top folder (PEP 517)."""
    with tarfile.open(archive, "r:*") as packed:
        if hasattr(tarfile, "data_filter"):
            packed.extractall(folder, filter="data")
        else:
            packed.extractall(folder)
    tops = os.listdir(folder)
    if len(tops) != 1:
        raise ValueError("the sdist has %d top folders instead of one" % len(tops))
    return tops[0]


def call(request):
    if request["hook"] == "unpack":
        return {"result": unpack(*request["arguments"])}
    os.chdir(request["source"])
    folders = [os.path.realpath(folder) for folder in request["backend_path"]]
    try:
        backend = load(request["backend"], folders)
    except (ImportError, AttributeError) as error:
        traceback.print_exc()
        return {"no_backend": str(error)}
    hook = getattr(backend, request["hook"], None)
    if hook is None and request["hook"].startswith("get_requires"):
        return {"result": []}
    if hook is None:
        return {"no_backend": "it has no hook %s" % request["hook"]}
    return {"result": hook(*request["arguments"])}


def is_disk_full(error):
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def main():
    # Read first: setuptools replaces the arguments and the working directory.
    target = os.path.abspath(sys.argv[1])
    request = json.loads(sys.stdin.read())
    try:
        response = call(request)
    except BaseException as error:  # backends end with SystemExit, too
        traceback.print_exc()
        response = {"disk_full": True} if is_disk_full(error) else {"failed": True}
    with open(target, "w", encoding="utf-8") as file:
        json.dump(response, file)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
