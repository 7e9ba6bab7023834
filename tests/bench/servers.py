"""Servers on loopback that end with their `with` block, by their process ids."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
PATIENCE = 30


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def server(argv: list, port: int, log: pathlib.Path):
    """Starts a server, waits until it listens, and stops it in the end."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_listens(child, port, log)
        yield
    finally:
        child.terminate()
        child.wait()


def wait_until_it_listens(child: subprocess.Popen, port: int, log: pathlib.Path) -> None:
    """Returns when somebody listens on the port."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{child.args[0]} does not listen:\n{log.read_text(errors='replace')}")


@contextlib.contextmanager
def docker_registry(folder: pathlib.Path):
    """Debian's `docker-registry`; gives its port."""
    folder.mkdir(parents=True)
    port, settings = free_port(), folder / "config.yml"
    settings.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/storage}}, delete: {{enabled: true}}}}\n"
    )
    with server(["docker-registry", "serve", settings], port, folder / "log"):
        yield port


@contextlib.contextmanager
def pypiserver(folder: pathlib.Path):
    """pypiserver, open to anybody; gives where to upload and where the simple pages are."""
    packages, port = folder / "packages", free_port()
    packages.mkdir(parents=True)
    argv = ["pypi-server", "run", "--interface", "127.0.0.1", "--port", port]
    argv += ["--disable-fallback", "-P", ".", "-a", ".", packages]
    with server(argv, port, folder / "log"):
        yield f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/simple/"


@contextlib.contextmanager
def embedded_index(folder: pathlib.Path, programs: pathlib.Path):
    """The embedded index with PyPI's rules; gives the same two addresses."""
    folder.mkdir(parents=True)
    port = free_port()
    with server([programs / "examples/serve_index", port], port, folder / "log"):
        yield f"http://127.0.0.1:{port}/legacy/", f"http://127.0.0.1:{port}/simple/"


@contextlib.contextmanager
def far_away(port: int, milliseconds: int, log: pathlib.Path):
    """The server on `port` as if a round trip to it took so long; gives another port."""
    near = free_port()
    with server([sys.executable, HERE / "far_away.py", near, port, milliseconds], near, log):
        yield near


def programs(root: pathlib.Path) -> pathlib.Path:
    """Where the release builds are."""
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release"
