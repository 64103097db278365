"""Whether Chroma's database is sound, seen before Chroma opens it: its native code panics on some damage, and answers from other."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rag.index.lexical.sums import AT_OPENING

NAME = "chroma.sqlite3"
_LARGE = ("embeddings", "embedding_")
"""How the names of the tables begin that grow with the papers."""

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def database_fault(chroma: Path, whole: bool = False) -> str:
    """What is wrong with the database in that folder; empty where nothing is, or it is not known (no file, locked, unreadable).

    All is read of one up to AT_OPENING bytes (1 ms a MB), or of the `whole`; else only the small tables.
    """
    file = chroma / NAME
    if not file.is_file() or not (size := file.stat().st_size):
        return ""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = bytes
            return next(_faults(database, whole or size <= AT_OPENING), "")
    except sqlite3.Error as error:
        return str(error) if _code(error) in _DAMAGE else ""


def _faults(database: sqlite3.Connection, whole: bool) -> Iterator[str]:
    """Of the tree of pages, of each index beside its table (so of every paper's record), and of text in the log of writes."""
    for check in ["integrity_check(1)"] if whole else [f"quick_check('{name}')" for name in _small_tables(database)]:
        for (told,) in database.execute(f"PRAGMA {check}"):
            if told != b"ok":
                yield told.decode("utf-8", "replace").splitlines()[-1]
    for (text,) in database.execute("SELECT metadata FROM embeddings_queue WHERE metadata IS NOT NULL"):
        try:
            text.decode()
        except UnicodeDecodeError:
            yield "text in the log of writes was changed"


def _small_tables(database: sqlite3.Connection) -> list[str]:
    names = [name.decode() for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [name for name in names if not name.startswith(_LARGE) or name.startswith("embeddings_queue")]


def _code(error: sqlite3.Error) -> int:
    """SQLite's kind of error, without what it tells more of it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
