"""Writes the terms of the field: words that name what a paper is about, by how often they stand in titles.

    python -m rag.relevance.training.field_terms abstracts.jsonl.gz

`abstracts.jsonl.gz` is that of the embedding's training (rag/embedding/weights/README.md). Half a minute of one core.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rag.index import analyzer

TITLES, SHARE = 60, 0.24
"""Titles that have a term at least, and its share of the papers that have it in title or abstract: "watermark" .73, "picture" .10."""

_WORD = re.compile(r"[a-z][a-z0-9]{2,}")


def terms_of(papers: Iterable[tuple[str, str]]) -> list[str]:
    """The terms, of papers as (title, abstract)."""
    in_titles, anywhere, stems = Counter[str](), Counter[str](), analyzer()
    for title, abstract in papers:
        titled, told = (set(stems.analyze(" ".join(set(_WORD.findall(text.lower()))))) for text in (title, abstract))
        in_titles.update(titled)
        anywhere.update(titled | told)
    return sorted(stem for stem, count in in_titles.items() if count >= TITLES and count >= SHARE * anywhere[stem])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abstracts", type=Path, help="papers as JSON lines with title and abstract, gzipped")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "weights" / "field_terms.txt")
    given = parser.parse_args()
    with gzip.open(given.abstracts, "rt", encoding="utf-8") as lines:
        papers = (json.loads(line) for line in lines)
        found = terms_of((paper["title"], paper["abstract"]) for paper in papers)
    given.out.write_text("\n".join(found) + "\n", "utf-8")
    print(f"{len(found)} terms written to {given.out}")


if __name__ == "__main__":
    main()
