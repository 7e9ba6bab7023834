"""The worker counts the books that were read: python3 -m bookshelf.worker"""

import os
import signal
import sys

import redis

from bookshelf import __version__, database


def main() -> None:
    """Takes one reading at a time; what is not counted yet stays in the cache."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    cache = redis.Redis(host=os.environ["CACHE_HOST"])
    connection = database.connect()
    print(f"bookshelf worker {__version__} waits", flush=True)
    while True:
        found = cache.blpop("readings", timeout=5)
        if found:
            database.count_reading(connection, int(found[1]))


if __name__ == "__main__":
    main()
