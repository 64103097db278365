"""Test collections in BEIR's layout: a folder with corpus.jsonl(.gz), queries.jsonl and qrels.tsv."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import Paper
from corpus.clean import clean
from rag.errors import ConfigError
from rag.evaluation.evaluate import JudgedQuery


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    for path in (folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"):
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
                yield from (json.loads(line) for line in file if line.strip())
            return
    raise ConfigError(f"{folder}: no {name}.jsonl; a BEIR collection has corpus.jsonl, queries.jsonl and qrels.tsv")


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    path = next((p for p in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if p.exists()), None)
    if path is None:
        raise ConfigError(f"{folder}: no qrels.tsv (query id, document id, grade; tab-separated)")
    judged: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="\t"):
            if len(row) == 3 and row[2].lstrip("-").isdigit() and int(row[2]) > 0:
                judged.setdefault(row[0], {})[row[1]] = int(row[2])
    return judged


def papers(folder: Path) -> Iterator[Paper]:
    """The collection's documents as papers. Raises ConfigError where a file is missing."""
    for row in _rows(folder, "corpus"):
        title, text = clean(row.get("title") or ""), clean(row["text"])
        yield Paper(paper_id=str(row["_id"]), title=title or text[:80], abstract=text, sources=(folder.name,))


def queries(folder: Path) -> list[JudgedQuery]:
    """The collection's queries that have a judgement."""
    judged = _qrels(folder)
    rows = _rows(folder, "queries")
    return [JudgedQuery(i, folder.name, str(row["text"]), judged[i]) for row in rows if (i := str(row["_id"])) in judged]
