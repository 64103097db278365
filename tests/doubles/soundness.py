"""What must hold of every answer, whatever was asked."""

import re

from rag import Answer, Citation
from rag.verification import markers


def sound(answer: Answer) -> None:
    """Markers and citations belong together, quotes are the papers' own, what is less sure stands below."""
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    seen = list(dict.fromkeys(markers(answer.text)))
    assert seen == [c.number for c in answer.citations]
    for citation in answer.citations:
        assert citation.quote and citation.quote in citation.paper.abstract
    assert answer.abstained == (not answer.citations)
    assert answer.coverage.relevant == len(answer.citations)
    above, parted, below = answer.text.partition("\n\nLess sure:")
    if parted:
        likely = {c.number: c.relevance or 0.0 for c in answer.citations}
        assert all(likely[number] >= 0.5 for number in markers(above)) and all(likely[number] < 0.5 for number in markers(below))


def quotes_only_the_abstracts(answer: Answer) -> None:
    """Every sentence of an answer that nobody but the extractive writer wrote stands in the paper that it cites."""
    by_number: dict[int, Citation] = {c.number: c for c in answer.citations}
    claims = _claims(answer.text)
    assert {number for _, number in claims} == set(by_number)
    for sentence, number in claims:
        assert sentence in by_number[number].paper.abstract.replace("|", "¦").replace("`", "'"), sentence


def _claims(text: str) -> list[tuple[str, int]]:
    """(sentence, marker) pairs of an extractive answer, bylines and introductions aside."""
    pairs = []
    for line in text.splitlines():
        body = re.sub(r"^(?:- )?\*\*.+?\*\*(?: \([^)]*\))?: ", "", line)
        pairs += [(sentence.strip(), int(number)) for sentence, number in re.findall(r"(.+?) \[(\d+)\](?: |$)", body)]
    return pairs
