"""Papers that a program makes and hands over: what is refused, why, and that the rest is kept."""

from pathlib import Path
from typing import Any

from corpus import Paper
from rag import Assistant, Config

GOOD = Paper("good", "A sound paper on snorgleware", "We propose snorgleware.")


def _made(**fields: Any) -> Paper:
    return Paper(**{"paper_id": "p", "title": "A title", "abstract": "An abstract."} | fields)


REFUSED = [
    (_made(title=None), "'title' is None, expected text"),
    (_made(abstract=" "), "'abstract' is ' ', expected text"),
    (_made(paper_id=7), "'paper_id' is 7, expected text"),
    (_made(authors="A. Author"), "'authors' is 'A. Author', expected a tuple of texts"),
    (_made(sources=(None,)), "'sources' is (None,), expected a tuple of texts"),
    (_made(published="May 2024"), "'published' is 'May 2024', expected YYYY, YYYY-MM or YYYY-MM-DD"),
    (_made(author_count=0), "'author_count' is '0', expected a whole number"),
    (_made(abstract="Half \ud83d of it."), "half a surrogate pair"),
]


def test_papers_that_no_index_could_hold_are_refused_and_the_rest_kept(filled: Path, config: Config) -> None:
    own = Assistant(config)
    report = own.add([*(paper for paper, _ in REFUSED), GOOD])
    assert report.added == 1 and own.index.papers(["good"]) == [GOOD]
    for number, (line, (_, reason)) in enumerate(zip(report.failed, REFUSED, strict=True), 1):
        assert line.startswith(f"paper {number} (") and reason in line and "\n" not in line
