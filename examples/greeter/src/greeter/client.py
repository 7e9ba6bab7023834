"""The client: one request, one line of text."""

import http.client
import urllib.error
import urllib.request

SECONDS_TO_WAIT = 10
LONGEST_GREETING = 4096


class NoGreeting(Exception):
    """The server did not answer with a greeting."""


def ask(url):
    """Return the greeting that the server at `url` gives."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS_TO_WAIT) as answer:
            return answer.read(LONGEST_GREETING).decode("utf-8").strip()
    except urllib.error.HTTPError as error:
        raise NoGreeting(f"{url} answered with status {error.code}") from error
    except urllib.error.URLError as error:
        raise NoGreeting(f"no answer from {url}: {error.reason}") from error
    except UnicodeDecodeError as error:
        raise NoGreeting(f"{url} did not answer with text") from error
    except ValueError as error:
        raise NoGreeting(f"not the address of a server: {url!r}") from error
    except (OSError, http.client.HTTPException) as error:
        raise NoGreeting(f"no complete answer from {url}: {error}") from error
