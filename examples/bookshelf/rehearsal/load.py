"""Users of the bookshelf: requests at a steady rate, and what became of each."""

import http.client
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request of a user. Times are seconds of `time.monotonic`."""

    begin: float
    seconds: float
    version: str | None
    failure: str | None


class Load:
    """Users who send requests, each on a connection of its own, until the block ends."""

    def __init__(self, port: int, users: int = 8, per_second: int = 100):
        self.port = port
        self.pause = users / per_second
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.users = [threading.Thread(target=self.use) for _ in range(users)]

    def __enter__(self):
        for user in self.users:
            user.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for user in self.users:
            user.join()

    def use(self) -> None:
        """One user; every tenth request says that a book was read."""
        number = 0
        while not self.stopping.is_set():
            number += 1
            begin = time.monotonic()
            self.requests.append(self.send("POST" if number % 10 == 0 else "GET", begin))
            self.stopping.wait(max(0, begin + self.pause - time.monotonic()))

    def send(self, method: str, begin: float) -> Request:
        """One request, and its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        version, failure = None, None
        try:
            connection.request(method, "/books/1" if method == "POST" else "/books")
            answer = connection.getresponse()
            answer.read()
            version = answer.getheader("X-Version")
            if answer.status >= 400:
                failure = f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        return Request(begin, time.monotonic() - begin, version, failure)

    def between(self, begin: float, end: float) -> list[Request]:
        """The requests that were sent in a time."""
        return [request for request in self.requests if begin <= request.begin < end]
