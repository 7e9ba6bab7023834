"""Brings the database to the schema of this version: python3 -m bookshelf.migrate"""

from bookshelf.database import connect

#: In order, never changed once released. Versions before the newest ignore what it adds.
MIGRATIONS = [
    "CREATE TABLE books (id serial PRIMARY KEY, title text NOT NULL, readings int NOT NULL DEFAULT 0)",
    "INSERT INTO books (title) VALUES ('Moby-Dick'), ('Middlemarch'), ('Don Quixote')",
]


def main() -> None:
    """Applies what is missing, each migration in a transaction of its own."""
    database = connect()
    database.run("CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY)")
    applied = database.run("SELECT count(*) FROM migrations")[0][0]
    for number, statement in enumerate(MIGRATIONS[applied:], start=applied + 1):
        database.run("START TRANSACTION")
        database.run(statement)
        database.run("INSERT INTO migrations VALUES (:number)", number=number)
        database.run("COMMIT")
        print(f"migration {number} of {len(MIGRATIONS)} applied")
    print(f"the schema is number {len(MIGRATIONS)}")


if __name__ == "__main__":
    main()
