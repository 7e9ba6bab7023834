"""The engine's own part of a removal: the requests alone, and nothing else."""

import http.client
import os
import queue
import socket
import threading
import time

from clean_images import Images

#: As many as clean-local-images has under way.
AT_ONCE = 32


class Connection(http.client.HTTPConnection):
    """To the engine that the environment names, by its socket."""

    def connect(self) -> None:
        """In place of a host and a port."""
        host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(host.removeprefix("unix://"))


def bare_requests(images: Images) -> float:
    """Removes each tag; those of one image follow each other. Seconds."""
    by_image: dict[str, list[str]] = {}
    for tag in images.tags():
        by_image.setdefault(tag.rpartition(".")[2], []).append(tag)
    work = queue.SimpleQueue()
    for tags in by_image.values():
        work.put(tags)
    threads = [threading.Thread(target=remove, args=[work]) for _ in range(AT_ONCE)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def remove(work: queue.SimpleQueue) -> None:
    """Until there is no work left."""
    connection = Connection("engine")
    while True:
        try:
            tags = work.get_nowait()
        except queue.Empty:
            return
        for tag in tags:
            connection.request("DELETE", f"/v1.41/images/{tag}")
            answer = connection.getresponse()
            if answer.status != 200:
                raise RuntimeError(f"{tag}: {answer.read().decode()}")
            answer.read()
