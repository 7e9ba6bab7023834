"""The API: python3 -m bookshelf.api [--health]

    GET  /books       all books, cached for a second
    POST /books/ID    a book was read; the worker counts it
    GET  /health      200 when the database answers
    GET  /version     the version that runs
"""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import redis

from bookshelf import __version__, database

PORT = 8000
CACHE = redis.Redis(host=os.environ.get("CACHE_HOST", "localhost"), socket_timeout=10)


class Handler(BaseHTTPRequestHandler):
    """One request; a database connection for each that needs one."""

    def do_GET(self) -> None:
        match self.path:
            case "/books":
                self.answer(200, shelf())
            case "/health":
                self.answer(200, json.dumps({"books": len(read_books())}))
            case "/version":
                self.answer(200, json.dumps(__version__))
            case _:
                self.answer(404, '"not found"')

    def do_POST(self) -> None:
        book = self.path.removeprefix("/books/")
        if not book.isdecimal():
            return self.answer(404, '"not found"')
        CACHE.rpush("readings", book)
        self.answer(202, '"counted soon"')

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("X-Version", __version__)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_) -> None:
        """The proxy has a log."""


def shelf() -> str:
    """The books as JSON; the cache is per version, since their fields may differ."""
    key = f"books-{__version__}"
    cached = CACHE.get(key)
    if cached:
        return cached.decode()
    text = json.dumps(read_books())
    CACHE.set(key, text, ex=1)
    return text


def read_books() -> list[dict]:
    """From the database."""
    connection = database.connect()
    try:
        return database.books(connection)
    finally:
        connection.close()


class Server(ThreadingHTTPServer):
    """Ends after the requests that it has accepted."""

    daemon_threads = False
    request_queue_size = 128


def serve() -> None:
    server = Server(("", PORT), Handler)
    # `shutdown` waits for the loop, which a signal handler would block.
    stop = threading.Thread(target=server.shutdown)
    signal.signal(signal.SIGTERM, lambda *_: stop.start())
    print(f"bookshelf {__version__} listens on port {PORT}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


def main() -> None:
    if "--health" in sys.argv:
        urlopen(f"http://127.0.0.1:{PORT}/health", timeout=8).close()
    else:
        serve()


if __name__ == "__main__":
    main()
