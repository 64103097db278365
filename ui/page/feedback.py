"""Feedback on answers, kept in a local SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_TABLE = """CREATE TABLE IF NOT EXISTS feedback (
    answer_id TEXT PRIMARY KEY, at TEXT NOT NULL, rating INTEGER NOT NULL, word TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, writer TEXT NOT NULL, index_version INTEGER NOT NULL)"""
_MAX_WORD = 1_000


@dataclass(frozen=True, slots=True)
class Rating:
    """A like (1) or dislike (-1) with an optional word, of one answer over one version of the index."""

    answer_id: str
    rating: int
    word: str
    question: str
    answer: str
    writer: str
    index_version: int


class Feedback:
    """Ratings in one file, created at the first; one row an answer, the last rating counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                connection.execute(_TABLE)
                yield connection
        finally:
            connection.close()

    def keep(self, rating: Rating) -> None:
        """Record a rating; a second one of the same answer replaces the first. Raises sqlite3.Error."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        said = (rating.answer_id, at, rating.rating, rating.word[:_MAX_WORD])
        values = (*said, rating.question, rating.answer, rating.writer, rating.index_version)
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def all(self) -> list[Rating]:
        """Every rating, oldest first."""
        columns = "answer_id, rating, word, question, answer, writer, index_version"
        with self._opened() as connection:
            return [Rating(*row) for row in connection.execute(f"SELECT {columns} FROM feedback ORDER BY at, rowid")]
