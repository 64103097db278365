"""What the bot remembers, in one SQLite file that several processes may share.

Claims (one event, one answer), threads that it took part in, questions with their citations
(for the buttons), and feedback. Questions and claims are forgotten after `KEPT_DAYS`, of claims never the last.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus import Paper
from rag.answer import Citation
from rag.errors import ConfigError
from ui.slack.events import Asked

KEPT_DAYS = 30
KEPT_CLAIMS = 100_000
"""Claims that are kept whatever the clock says: one that jumps must not have a message answered twice."""

_JUMP = 3_600
"""Seconds by which a clock that was set differs from one that runs."""
_DAY = 86_400
_WAIT = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS threads (channel TEXT, thread TEXT, at REAL NOT NULL, PRIMARY KEY (channel, thread));
CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, asked TEXT NOT NULL, citations TEXT, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS seen (paper TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS feedback (
    answer TEXT, user TEXT, helpful INTEGER NOT NULL, question TEXT NOT NULL, papers TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (answer, user)
);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A question that was asked, and what its answer cites (empty before it is answered)."""

    asked: Asked
    citations: tuple[Citation, ...] = ()


def _citation(record: dict[str, Any]) -> Citation:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in record["paper"].items()}
    return Citation(record["number"], Paper(**fields), record["quote"], record.get("relevance"))


def _forget(db: sqlite3.Connection) -> None:
    before = (time.time() - KEPT_DAYS * _DAY,)
    db.execute("DELETE FROM answers WHERE at < ?", before)
    db.execute(f"DELETE FROM claims WHERE at < ? AND rowid <= (SELECT max(rowid) FROM claims) - {KEPT_CLAIMS}", before)


class SlackStore:
    """The file `slack.sqlite3` in the data folder. Safe to use from any thread and any process.

    Raises ConfigError where the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "slack.sqlite3"
        self._began = time.time() - time.monotonic()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self.path.touch(0o600)
            with self._open() as db:
                db.execute("PRAGMA journal_mode = WAL")
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                _forget(db)
        except (sqlite3.DatabaseError, OSError) as error:
            raise ConfigError(f"{self.path} cannot be used ({error}); move it away, and the bot begins a new one") from None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection for one transaction: opening is cheap, and no thread ever shares one."""
        with closing(sqlite3.connect(self.path, timeout=_WAIT)) as db, db:
            db.execute("PRAGMA synchronous = NORMAL")
            yield db

    def claim(self, key: str) -> bool:
        """True for the first caller only, of all threads, processes and restarts."""
        with self._open() as db:
            return db.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (key, time.time())).rowcount == 1

    def took_part(self, channel: str, thread: str) -> bool:
        """Whether the bot answered in a thread."""
        with self._open() as db:
            return db.execute("SELECT 1 FROM threads WHERE channel = ? AND thread = ?", (channel, thread)).fetchone() is not None

    def take_part(self, channel: str, thread: str) -> None:
        """Remember that the bot answers in a thread."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO threads VALUES (?, ?, ?)", (channel, thread, time.time()))

    def keep(self, answer_id: str, asked: Asked, citations: Sequence[Citation] = ()) -> None:
        """Keep a question, and once it is answered what the answer cites."""
        cited = json.dumps([asdict(citation) for citation in citations], ensure_ascii=False)
        with self._open() as db:
            row = (answer_id, json.dumps(asdict(asked), ensure_ascii=False), cited, time.time())
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
            if abs(time.time() - time.monotonic() - self._began) < _JUMP:
                _forget(db)

    def kept(self, answer_id: str) -> Kept | None:
        """A question and its citations; None where it is unknown or forgotten."""
        with self._open() as db:
            row = db.execute("SELECT asked, citations FROM answers WHERE id = ?", (answer_id,)).fetchone()
        if row is None:
            return None
        return Kept(Asked(**json.loads(row[0])), tuple(_citation(record) for record in json.loads(row[1])))

    def cited(self, answer_id: str) -> tuple[str, ...]:
        """Ids of the papers that an answer cites, in the order of their numbers; none where it is unknown or forgotten."""
        kept = self.kept(answer_id)
        return tuple(citation.paper.paper_id for citation in kept.citations) if kept else ()

    def rate(self, answer_id: str, user: str, helpful: bool) -> None:
        """A person's verdict on an answer, with its question and papers; a later one replaces it."""
        kept = self.kept(answer_id)
        if kept is None:
            return
        papers = json.dumps([citation.paper.paper_id for citation in kept.citations])
        with self._open() as db:
            row = (answer_id, user, int(helpful), kept.asked.question, papers, time.time())
            db.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?)", row)

    def ratings(self) -> list[tuple[str, str, bool]]:
        """(answer, user, helpful) of every verdict, oldest first."""
        with self._open() as db:
            rows = db.execute("SELECT answer, user, helpful FROM feedback ORDER BY at")
            return [(answer, user, bool(helpful)) for answer, user, helpful in rows]

    def seen(self) -> set[str]:
        """Ids of the papers that standing questions were asked of."""
        with self._open() as db:
            return {paper for (paper,) in db.execute("SELECT paper FROM seen")}

    def see(self, papers: Iterable[str]) -> None:
        """Remember papers, by id, as no longer new."""
        with self._open() as db:
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((paper,) for paper in papers))
