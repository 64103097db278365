"""One answer out of those to the questions of one message."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.answer import Answer, Citation, Coverage
from rag.generation import shown
from rag.understanding import Question

_MARKER = re.compile(r"\[(\d+)\]")


def joined(question: Question, answers: Sequence[Answer]) -> Answer:
    """One answer out of those to the parts of a message: one run of numbers, each part under its question."""
    citations: list[Citation] = []
    texts = []
    for answer in answers:
        numbers = dict[int, int]()
        for citation in answer.citations:
            known = next((c for c in citations if c.paper.paper_id == citation.paper.paper_id), None)
            if known is None:
                known = replace(citation, number=len(citations) + 1)
                citations.append(known)
            numbers[citation.number] = known.number
        body = _renumbered(answer.text, numbers)
        texts.append(f"{shown(answer.question)}\n\n{body}")
    first = answers[0]
    considered = max(answer.coverage.considered for answer in answers)
    return replace(
        first, question=question.asked, text="\n\n".join(texts), citations=tuple(citations), abstained=not citations,
        coverage=Coverage(first.coverage.corpus, considered, len(citations), sum(a.coverage.borderline for a in answers)),
        nearest=() if citations else first.nearest, missing=tuple(dict.fromkeys(w for a in answers for w in a.missing)),
        undated=tuple(p for a in answers for p in a.undated), intent="papers",
    )  # fmt: skip


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    return _MARKER.sub(lambda match: f"[{numbers.get(int(match[1]), int(match[1]))}]", text)
