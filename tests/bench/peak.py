"""Runs a command and writes the KiB that it used at most into a file.

    python -I -S peak.py FILE COMMAND...

A child counts its parent's memory as its own until its program starts, so this
parent imports next to nothing; below its own 9 MiB nothing can be told.
"""

import os
import sys

child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as report:
    report.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
