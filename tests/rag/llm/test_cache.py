"""The cache of answers: whatever becomes of its files, answers go on, and the cache heals."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Answer
from rag.llm.cache import AnswerCache

ANSWER = Answer("which?", "These [1].", writer="a-model")


def _flip(folder: Path) -> None:
    data = bytearray((folder / "cache.db").read_bytes())
    for at in range(100, len(data), 37):
        data[at] ^= 0xFF
    (folder / "cache.db").write_bytes(bytes(data))


def _garbage(folder: Path) -> None:
    (folder / "cache.db").write_bytes(os.urandom(9_000))


def _cut(folder: Path) -> None:
    (folder / "cache.db").write_bytes((folder / "cache.db").read_bytes()[:5_000])


def _other_table(folder: Path) -> None:
    import sqlite3

    with sqlite3.connect(folder / "cache.db") as db:
        db.execute("DROP TABLE Cache")


@pytest.mark.parametrize("damage", [_flip, _garbage, _cut, _other_table])
def test_a_damaged_cache_is_remade(tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "answers"
    before = AnswerCache(folder)
    before.put("k", ANSWER)
    assert before.get("k") == ANSWER
    before._opened().close()
    for leftover in folder.glob("cache.db-*"):
        leftover.unlink()
    damage(folder)
    cache = AnswerCache(folder)
    for _ in range(3):
        cache.get("k")
        cache.put("k", ANSWER)
    assert cache.get("k") == ANSWER
    assert len([r for r in caplog.records if "made anew" in r.getMessage()]) <= 3


def test_a_cache_that_cannot_be_is_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "answers").write_text("a file in its place")
    cache = AnswerCache(tmp_path / "answers")
    for _ in range(20):
        cache.put("k", ANSWER)
        assert cache.get("k") is None
    assert 1 <= len(caplog.records) <= 3


def test_an_answer_of_another_shape_is_made_anew(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache._opened().set("k", {"text": "half of one"})
    assert cache.get("k") is None
    cache.put("k", ANSWER)
    assert cache.get("k") == ANSWER
