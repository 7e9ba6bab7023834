"""A bookshelf: an API over PostgreSQL with a cache, and a worker."""

import os

__version__ = os.environ.get("BOOKSHELF_VERSION", "unknown")
