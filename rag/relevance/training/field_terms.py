"""Writes the terms of the field: words that name what a paper is about, by how often they stand in titles.

    python -m rag.relevance.training.field_terms abstracts.jsonl.gz --asked tests/eval/clusters.jsonl.gz ...

`abstracts.jsonl.gz` is that of the embedding's training (rag/embedding/weights/README.md). Words that people use for what papers call
something else ("chatbot") are left out, by the judged questions of --asked. A minute of one core.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag.index import analyzer
from rag.relevance.training.data import read_clusters, split_clusters

TITLES, SHARE = 60, 0.24
"""Titles that have a term at least, and its share of the papers that have it in title or abstract: "watermark" .73, "picture" .10."""

SPOKEN, OFTEN = 0.2, 3
"""Share of the answerable questions with a term whose papers do not have it, from which on it is no term; and so many of them."""

_FIRST = "clusters.jsonl.gz"
"""Of this file the clusters that report take no part."""

_WORD = re.compile(r"[a-z][a-z0-9]{2,}")


def terms_of(papers: Iterable[tuple[str, str]]) -> list[str]:
    """The terms, of papers as (title, abstract)."""
    in_titles, anywhere, stems = Counter[str](), Counter[str](), analyzer()
    for title, abstract in papers:
        titled, told = (set(stems.analyze(" ".join(set(_WORD.findall(text.lower()))))) for text in (title, abstract))
        in_titles.update(titled)
        anywhere.update(titled | told)
    return sorted(stem for stem, count in in_titles.items() if count >= TITLES and count >= SHARE * anywhere[stem])


def spoken(questions: Iterable[tuple[str, list[str]]], terms: Iterable[str]) -> set[str]:
    """The terms that people use for what papers call something else, of questions each with the papers that answer it."""
    lacked, asked, stems, known = Counter[str](), Counter[str](), analyzer(), set(terms)
    for question, papers in questions:
        held = {stem for paper in papers for stem in stems.analyze(paper)}
        met = known.intersection(stems.analyze(question))
        asked.update(met)
        lacked.update(met - held)
    return {term for term, count in lacked.items() if count >= OFTEN and count >= SPOKEN * asked[term]}


def _asked(paths: Iterable[Path]) -> Iterator[tuple[str, list[str]]]:
    """The questions of some files of judged clusters that leave nothing out, each with what answers it."""
    for path in paths:
        records = read_clusters(path)
        if path.name == _FIRST:
            fit, tune, _ = split_clusters(len(records), 120, 24)
            records = [records[number] for number in (*fit, *tune)]
        for record in records:
            texts = {paper["id"]: " ".join([paper["title"], *paper["sentences"]]) for paper in record["docs"]}
            for question in record["questions"]:
                wanted = [texts[paper_id] for paper_id, (grade, _) in question["relevant"].items() if grade == 2]
                if wanted and question["type"] != "exclude":
                    yield question["question"], wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abstracts", type=Path, help="papers as JSON lines with title and abstract, gzipped")
    parser.add_argument("--asked", type=Path, nargs="*", default=[], help="files of judged clusters")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "weights" / "field_terms.txt")
    given = parser.parse_args()
    with gzip.open(given.abstracts, "rt", encoding="utf-8") as lines:
        papers = (json.loads(line) for line in lines)
        found = terms_of((paper["title"], paper["abstract"]) for paper in papers)
    other = spoken(_asked(given.asked), found)
    found = [term for term in found if term not in other]
    given.out.write_text("\n".join(found) + "\n", "utf-8")
    print(f"{len(found)} terms written to {given.out}")


if __name__ == "__main__":
    main()
