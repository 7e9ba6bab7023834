"""The client against a server in the same process: python3 -m unittest discover tests"""

import contextlib
import http.server
import io
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

from greeter import NoGreeting, __version__, ask  # noqa: E402
from greeter.cli import main  # noqa: E402


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()
        self.wfile.write("Grüß Gott!\n".encode())

    def log_message(self, *_):
        pass


class Client(unittest.TestCase):
    def setUp(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def test_returns_the_greeting_without_its_line_end(self):
        self.assertEqual(ask(self.url), "Grüß Gott!")

    def test_says_which_status_the_server_gave(self):
        with self.assertRaisesRegex(NoGreeting, "status 404"):
            ask(self.url + "missing")

    def test_says_that_nobody_answers(self):
        with self.assertRaisesRegex(NoGreeting, "no answer from"):
            ask("http://127.0.0.1:1/")

    def test_refuses_what_is_not_an_address(self):
        with self.assertRaisesRegex(NoGreeting, "not the address"):
            ask("greeter")

    def test_command_prints_the_greeting(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(main([self.url]), 0)
        self.assertEqual(output.getvalue(), "Grüß Gott!\n")

    def test_command_prints_its_version(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            with self.assertRaises(SystemExit):
                main(["--version"])
        self.assertEqual(output.getvalue(), f"greeter {__version__}\n")


if __name__ == "__main__":
    unittest.main()
