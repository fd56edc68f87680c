# SPDX-License-Identifier: Apache-2.0
"""Which tables has the journal, and how did it come to have them?"""

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
CREATE TABLE sync_points (
    rule TEXT, account TEXT, container TEXT,
    database_id TEXT, pass TEXT,
    ordinal INTEGER, nodes INTEGER, process INTEGER, processes INTEGER,
    rowid_done INTEGER, existed_until INTEGER, sightings TEXT,
    PRIMARY KEY
        (rule, database_id, pass, ordinal, nodes, process, processes)
) WITHOUT ROWID;
CREATE INDEX sync_points_by_container
    ON sync_points (rule, account, container);
CREATE TABLE first_meetings (
    rule TEXT, account TEXT, container TEXT,
    database_id TEXT, was_empty INTEGER,
    PRIMARY KEY (rule, database_id)
) WITHOUT ROWID;
CREATE TABLE parked (
    rule TEXT, account TEXT, container TEXT, name TEXT,
    record TEXT, error TEXT, attempts INTEGER,
    first_failed REAL, next_attempt REAL,
    PRIMARY KEY (rule, account, container, name)
) WITHOUT ROWID;
CREATE INDEX parked_by_time ON parked (rule, next_attempt);
""",
    """
ALTER TABLE sync_points ADD COLUMN compare_until INTEGER DEFAULT 0;
ALTER TABLE sync_points ADD COLUMN inode TEXT DEFAULT '0';
ALTER TABLE sync_points ADD COLUMN sequence INTEGER DEFAULT 0;
ALTER TABLE sync_points ADD COLUMN boot TEXT DEFAULT '';
CREATE TABLE quirks (
    rule TEXT, account TEXT, container TEXT, name TEXT,
    created_at TEXT, fields TEXT,
    PRIMARY KEY (rule, account, container, name)
) WITHOUT ROWID;
CREATE TABLE pauses (
    rule TEXT, process INTEGER, reason TEXT, since REAL,
    PRIMARY KEY (rule, process)
) WITHOUT ROWID;
CREATE TABLE editions (rule TEXT PRIMARY KEY, edition TEXT) WITHOUT ROWID;
CREATE TABLE skip_sources (
    id INTEGER PRIMARY KEY,
    rule TEXT, account TEXT, container TEXT, database_id TEXT,
    UNIQUE (rule, account, container, database_id)
);
CREATE TABLE skip_reasons (
    id INTEGER PRIMARY KEY, rule TEXT, reason TEXT,
    UNIQUE (rule, reason)
);
CREATE TABLE skipped (
    digest INTEGER PRIMARY KEY,
    source INTEGER, rowid_seen INTEGER, reason INTEGER, again INTEGER,
    name TEXT, detail TEXT, noted REAL
);
CREATE INDEX skipped_again ON skipped (reason) WHERE again;
CREATE INDEX skipped_named
    ON skipped (reason, noted) WHERE name IS NOT NULL;
CREATE TABLE filler (bytes BLOB);
""",
)
"""The statements that lead from each version to the next; the first make a
new journal. What has been released never changes: add another."""

VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version that the file was brought to; 0: it is new."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version, each step in one transaction."""
    while version_of(connection) < VERSION:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _step(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _step(connection: sqlite3.Connection) -> None:
    version = version_of(connection)  # another process may have been here
    if version < VERSION:
        for statement in MIGRATIONS[version].split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version + 1}")


def is_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether the file has the tables of the version that it names.

    One that is new has none at all. More than ours do no harm: an operator
    may have called ANALYZE.
    """
    version = version_of(connection)
    tables = _tables(connection)
    if version <= 0:
        return version == 0 and not tables
    expected = _tables_of(version)
    return all(
        columns <= tables.get(table, set())
        for table, columns in expected.items()
    )


def _tables_of(version: int) -> dict[str, set[str]]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statements in MIGRATIONS[:version]:
            connection.executescript(statements)
        return _tables(connection)
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> dict[str, set[str]]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    ).fetchall()
    columns = "SELECT name FROM pragma_table_info(?)"
    return {
        name: {column for (column,) in connection.execute(columns, (name,))}
        for (name,) in names
    }
