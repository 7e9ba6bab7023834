"""Images of a small web server, and its users."""

import contextlib
import http.client
import io
import subprocess
import tarfile

SERVER = """\
trap 'exit 0' TERM
mkdir /www && echo VERSION > /www/index.html
busybox httpd -f -p 80 -h /www & wait
"""


def answers(port: int) -> bool:
    """Whether a request is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    return False


def import_version(name: str, version: str) -> None:
    """An image of this name that serves its version."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as layer:
        layer.add("/bin/busybox", "bin/busybox")
        layer.add("/bin/busybox", "bin/mkdir")
        script = SERVER.replace("VERSION", version).encode()
        entry = tarfile.TarInfo("serve")
        entry.size = len(script)
        layer.addfile(entry, io.BytesIO(script))
    settings = ["--change", 'CMD ["/bin/busybox", "sh", "/serve"]', "--change", "ENV PATH=/bin"]
    load = ["docker", "import", *settings, "-", name]
    subprocess.run(load, check=True, input=archive.getvalue(), stdout=subprocess.DEVNULL)
