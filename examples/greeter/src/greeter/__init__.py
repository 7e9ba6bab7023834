"""Asks a greeter server for its greeting."""

from greeter.client import NoGreeting, ask
from greeter.version import __version__

__all__ = ["NoGreeting", "__version__", "ask"]
