"""Chroma and the lexical index, brought level with each other, and compared."""

from collections.abc import Iterable

from rag.chroma import ChromaStore
from rag.lexical import LexicalIndex
from rag.lexical_writer import LexicalWriter
from rag.records import digest, paper_of


def write_records(lexical: LexicalIndex, records: Iterable[tuple[str, str]], removed: Iterable[str] = (), clear: bool = False) -> None:
    """(paper id, record) into the lexical index, whatever it held of them, in one commit."""
    writer = LexicalWriter(lexical)
    if clear:
        writer.clear()
    writer.add([], removed)
    for paper_id, record in records:
        writer.add([(paper_of(record), record)], [paper_id])
    writer.commit()
    writer.close()


def level(store: ChromaStore, lexical: LexicalIndex) -> None:
    """Give the lexical index what Chroma holds: what came since its revision, else everything."""
    held = lexical.revision
    write_records(lexical, store.records_since(held) if held >= 0 else store.all_records())
    if len(lexical) != len(store):
        write_records(lexical, [], lexical.ids() - set(store.ids()))
    if len(lexical) != len(store):
        write_records(lexical, store.all_records(), clear=True)


def differences(store: ChromaStore, lexical: LexicalIndex) -> list[str]:
    """Papers that one holds and the other does not, or not in the same state, a line each; empty when they are equal."""
    words, truth = {digest(record) for record in lexical.records()}, {digest(record) for _, record in store.all_records()}
    faults = []
    if missing := len(truth - words):
        faults.append(f"{missing} papers of Chroma are missing from the lexical index or differ there")
    if extra := len(words - truth):
        faults.append(f"{extra} papers of the lexical index are not in Chroma")
    return faults
