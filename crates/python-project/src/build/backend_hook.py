"""Calls a hook of a build backend (PEP 517) and writes the result as JSON.

Standard input is the request as JSON, the argument is the file for the response. With
``requires_hook`` that hook is called first, and the other only if it requires nothing.
"""

import errno
import importlib
import json
import os
import sys
import tarfile
import threading
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
    if request["requires_hook"]:
        response = required(backend, request["requires_hook"])
        if response.get("result") != []:
            return {"required": response}
    hook = getattr(backend, request["hook"], None)
    if hook is None:
        return {"no_backend": "it has no hook %s" % request["hook"]}
    return {"result": hook(*request["arguments"])}


def required(backend, name):
    """The response of an optional hook without arguments.

    PEP 517 wants a process for each hook. A child has the backend imported already,
    which takes longer than the hook; while threads run, a child could block for ever.
    """
    hook = getattr(backend, name, None)
    if hook is None:
        return {"result": []}
    if threading.active_count() > 1:
        return respond(lambda: {"result": hook(None)})
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(respond(lambda: {"result": hook(None)}), pipe)
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"failed": True}


def respond(action):
    """The response of an action, or that it failed."""
    try:
        return action()
    except BaseException as error:  # backends end with SystemExit, too
        traceback.print_exc()
        return {"disk_full": True} if is_disk_full(error) else {"failed": True}


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
    response = respond(lambda: call(request))
    with open(target, "w", encoding="utf-8") as file:
        json.dump(response, file)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
