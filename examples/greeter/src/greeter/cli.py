"""The command `greeter`."""

import argparse
import sys

from greeter.client import NoGreeting, ask
from greeter.version import __git_describe__, __version__


def parser():
    arguments = argparse.ArgumentParser(
        prog="greeter",
        description="Ask a greeter server for its greeting.",
        epilog=f"Built from {__git_describe__}.",
    )
    arguments.add_argument(
        "--version", action="version", version=f"greeter {__version__}"
    )
    arguments.add_argument(
        "url", metavar="URL", help="address of the server, as http://localhost:8080/"
    )
    return arguments


def main(argv=None):
    url = parser().parse_args(argv).url
    try:
        print(ask(url))
    except NoGreeting as error:
        print(f"greeter: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
