import sqlite3, sys

def run(database, line):
    command, _, rest = line.partition(" ")
    other = rest.strip("'")
    if command == ".print":
        print(rest)
    elif command == ".timeout":
        database.execute("PRAGMA busy_timeout = " + rest)
    elif command == ".backup":
        database.backup(sqlite3.connect(other))
    elif command == ".restore":
        sqlite3.connect(other).backup(database, sleep=0.1)
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
