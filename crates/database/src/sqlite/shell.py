import sqlite3, sys, time

TIMEOUT = 30

def copy(source, target):
    deadline = time.monotonic() + TIMEOUT

    def check(status, *_):
        # SQLITE_BUSY, SQLITE_LOCKED
        if status in (5, 6) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    source.backup(target, progress=check, sleep=0.1)

def run(database, line):
    command, _, rest = line.partition(" ")
    other = rest.strip("'")
    if command == ".print":
        print(rest)
    elif command == ".timeout":
        database.execute("PRAGMA busy_timeout = " + rest)
    elif command == ".backup":
        copy(database, sqlite3.connect(other))
    elif command == ".restore":
        copy(sqlite3.connect(other), database)
    elif line:
        for row in database.execute(line):
            print(row[0])
    sys.stdout.flush()

try:
    database = sqlite3.connect(sys.argv[1], isolation_level=None)
    for line in sys.stdin:
        run(database, line.strip())
except sqlite3.Error as error:
    sys.exit("Error: %s" % error)
