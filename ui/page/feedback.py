"""Feedback on answers that were given here, kept in a local SQLite file of bounded size."""

import hmac
import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from rag.errors import PaperchatError
from ui.page.turn import Turn

_TABLE = """CREATE TABLE IF NOT EXISTS feedback (
    answer_id TEXT PRIMARY KEY, at TEXT NOT NULL, rating INTEGER NOT NULL, word TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, writer TEXT NOT NULL, index_version INTEGER NOT NULL)"""
_SECRET = "CREATE TABLE IF NOT EXISTS seal (one INTEGER PRIMARY KEY CHECK (one = 1), secret BLOB NOT NULL)"
_MAX_WORD = 1_000

MOST = 20_000
"""Ratings that are kept; the oldest make room."""

A_MINUTE = 60
"""Ratings taken in a minute, from everyone together."""


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
    """Ratings in one file; one row an answer, the last rating counts.

    Answers live in their readers' browsers, so each carries a seal by which it is known again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times: deque[float] = deque(maxlen=A_MINUTE)

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

    @cached_property
    def _secret(self) -> bytes:
        """The same for every process over one data folder; where that cannot be written, this process's own."""
        made = secrets.token_bytes(32)
        try:
            with self._opened() as connection:
                connection.execute(_SECRET)
                connection.execute("INSERT OR IGNORE INTO seal VALUES (1, ?)", (made,))
                return bytes(connection.execute("SELECT secret FROM seal").fetchone()[0])
        except (sqlite3.Error, OSError):
            return made

    def sealed(self, turn: Turn) -> Turn:
        """The turn with the sign that this answer was given here."""
        return replace(turn, seal=self._seal(turn)) if turn.state == "done" else turn

    def _seal(self, turn: Turn) -> str:
        parts = (turn.answer_id, turn.question, turn.text, turn.writer)
        said = b"".join(len(part).to_bytes(8) + part.encode(errors="replace") for part in parts)
        return hmac.new(self._secret, said, sha256).hexdigest()

    def keep(self, turn: Turn, index_version: int) -> None:
        """Record a turn's rating; a second one of the same answer replaces the first.

        Raises PaperchatError for an answer that was not given here, and for too many at once; sqlite3.Error, OSError.
        """
        if turn.state != "done" or not hmac.compare_digest(turn.seal.encode(), self._seal(turn).encode()):
            raise PaperchatError("only answers that were given here can be rated; ask the question again, then rate its answer")
        now = time.monotonic()
        if len(self._times) == A_MINUTE and now - self._times[0] < 60:
            raise PaperchatError("too many ratings just now; try again in a minute")
        self._times.append(now)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        said = (turn.answer_id, at, turn.rating, turn.word[:_MAX_WORD])
        values = (*said, turn.question, turn.text, turn.writer, index_version)
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            oldest = "SELECT rowid FROM feedback ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?"
            connection.execute(f"DELETE FROM feedback WHERE rowid IN ({oldest})", (MOST,))

    def all(self) -> list[Rating]:
        """Every rating, oldest first."""
        columns = "answer_id, rating, word, question, answer, writer, index_version"
        with self._opened() as connection:
            return [Rating(*row) for row in connection.execute(f"SELECT {columns} FROM feedback ORDER BY at, rowid")]
