"""The books, in PostgreSQL."""

import os
from urllib.parse import unquote, urlsplit

from pg8000.native import Connection


def connect() -> Connection:
    """A connection to the database of DATABASE_URL."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return Connection(
        url.username,
        host=url.hostname,
        port=url.port or 5432,
        password=unquote(url.password or ""),
        database=url.path.lstrip("/"),
        timeout=5,
    )


def books(connection: Connection) -> list[dict]:
    """All books, with how often each was read."""
    rows = connection.run("SELECT id, title, readings FROM books ORDER BY id")
    return [{"id": id, "title": title, "readings": readings} for id, title, readings in rows]


def count_reading(connection: Connection, book: int) -> None:
    """One more reading of a book."""
    connection.run("UPDATE books SET readings = readings + 1 WHERE id = :book", book=book)
