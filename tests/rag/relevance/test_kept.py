"""What the reader made of papers: kept for the next start, never another's, and no trouble with the disk reaches a user."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from corpus import Paper
from rag.relevance.interaction import Packed, PaperVectors
from rag.relevance.kept import KeptVectors, Memory


def made(number: int, tokens: int = 5) -> PaperVectors:
    rng = np.random.default_rng(number)
    rows = rng.normal(size=(tokens, 8)).astype(np.float32)
    return PaperVectors(
        rows[0], rows[:2], Packed.of(rows), Packed.of(rows * 3), np.array([0, 2]), Packed.of(rows * 2), np.arange(tokens) > 0
    )


def paper(number: int) -> Paper:
    return Paper(paper_id=f"made:{number}", title=f"Title {number}", abstract="Abstract.")


def same(one: PaperVectors, other: PaperVectors) -> bool:
    pairs = [(one.whole, other.whole), (one.sentences, other.sentences), (one.starts, other.starts), (one.inner, other.inner)]
    pairs += [(one.tokens.unpacked(), other.tokens.unpacked()), (one.meanings.unpacked(), other.meanings.unpacked())]
    pairs += [(one.lower.unpacked(), other.lower.unpacked())]
    return all(np.array_equal(a, b) for a, b in pairs)


def test_packed_rows_are_nearly_what_they_were() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 128)).astype(np.float32)
    assert np.abs(Packed.of(rows).unpacked() - rows).max() < np.abs(rows).max() / 200
    assert np.isfinite(Packed.of(np.zeros((2, 3), np.float32)).unpacked()).all()


def test_vectors_outlive_the_process_that_made_them(tmp_path: Path) -> None:
    first = KeptVectors(tmp_path, "weights 1")
    key = first.key(paper(1))
    assert first.get([key]) == {}
    first.put({key: made(1)})
    again = KeptVectors(tmp_path, "weights 1")
    assert same(again.get([key])[key], made(1))


def test_other_weights_and_a_changed_abstract_have_other_keys(tmp_path: Path) -> None:
    kept = KeptVectors(tmp_path, "weights 1")
    changed = Paper(paper_id="made:1", title="Title 1", abstract="Abstract, corrected.")
    assert len({kept.key(paper(1)), kept.key(changed), KeptVectors(tmp_path, "weights 2").key(paper(1))}) == 3


def test_memory_holds_only_so_many_and_the_disk_has_the_rest(tmp_path: Path) -> None:
    memory = Memory(2)
    kept = KeptVectors(tmp_path, "w", memory)
    keys = [kept.key(paper(n)) for n in range(5)]
    kept.put({key: made(n) for n, key in enumerate(keys)})
    assert len(memory) == 2
    assert set(kept.get(keys)) == set(keys)
    without = KeptVectors(None, "w", Memory(2))
    without.put({key: made(n) for n, key in enumerate(keys)})
    assert list(without.get(keys)) == keys[-2:]


def test_two_folders_may_share_a_memory(tmp_path: Path) -> None:
    first = KeptVectors(tmp_path / "first", "w")
    second = first.on(tmp_path / "second")
    key = first.key(paper(1))
    first.put({key: made(1)})
    assert same(second.get([key])[key], made(1))
    assert KeptVectors(tmp_path / "second", "w").get([key]) == {}


@pytest.mark.parametrize("damage", ["not a folder", "not a database", "not vectors"])
def test_a_disk_in_trouble_costs_nothing_but_time(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "shelf"
    key = KeptVectors(None, "w").key(paper(1))
    if damage == "not a folder":
        folder.write_text("a file")
    elif damage == "not a database":
        folder.mkdir()
        (folder / "cache.db").write_bytes(b"nothing of the kind" * 100)
    else:
        KeptVectors(folder, "w").put({key: made(1)})
        with sqlite3.connect(folder / "cache.db") as database:
            database.execute("UPDATE Cache SET value = ?, filename = NULL", (b"x",))
    kept = KeptVectors(folder, "w")
    assert kept.get([key]) == {}
    kept.put({key: made(1)})
    assert same(kept.get([key])[key], made(1))
