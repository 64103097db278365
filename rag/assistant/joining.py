"""One answer out of those to the questions of one message."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.answer import Answer, Citation, Coverage
from rag.filters import Filters
from rag.generation import shown
from rag.understanding import Question


def of_the_answer(part: Question, answers: Sequence[Answer]) -> Question:
    """A later question of a message that asks about the answer before: about the papers that it cited."""
    cited = tuple(citation.paper.paper_id for citation in answers[-1].citations) if answers else ()
    return replace(part, about="items", within=cited) if part.about == "answer" and cited else part


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
    told = [answer.coverage for answer in answers]
    close, unsure = sum(one.borderline for one in told), min(sum(one.unsure for one in told), len(citations))
    return replace(
        first,
        question=question.asked,
        text="\n\n".join(texts),
        citations=tuple(citations),
        filters=first.filters if all(answer.filters == first.filters for answer in answers) else Filters(),  # else each tells its own
        abstained=all(answer.abstained for answer in answers),
        coverage=Coverage(first.coverage.corpus, max(one.considered for one in told), len(citations), close, unsure),
        nearest=() if citations else first.nearest,
        missing=tuple(dict.fromkeys(w for a in answers for w in a.missing)),
        aside=all(answer.aside for answer in answers),
        undated=tuple(p for a in answers for p in a.undated),
        intent="collection" if all(answer.intent == "collection" for answer in answers) else "papers",
    )


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    return _MARKER.sub(lambda match: f"[{numbers.get(int(match[1]), int(match[1]))}]", text)
