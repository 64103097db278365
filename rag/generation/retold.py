"""Papers that were told of, shown again: shorter, as a table, with the whole abstract, or with why they are there."""

import re
from collections.abc import Sequence

from rag.generation.extractive import byline, shown, titled
from rag.relevance import Verdict
from rag.text import trusted
from rag.understanding import Form, Kind, Question, Wish

_SHORT = 18
"""Words of a sentence that is shown in short."""

_CLAUSE = re.compile(r"(?<=[,;:])\s|\s(?=(?:which|while|by|thereby|thus|where|enabling|achieving|leading)\b)")


def retold(question: Question, verdicts: Sequence[Verdict]) -> str:
    """The text on these papers in the form that was asked for; each cites its paper by its place."""
    if question.form is Form.TABLE:
        return _table(verdicts)
    if question.form is Form.TITLES:
        return _titles(verdicts)
    if question.form is Form.WHY:
        return "\n\n".join(_why(question, verdict, n) for n, verdict in enumerate(verdicts, 1))
    if question.form is Form.ABSTRACT:
        return "\n\n".join(_abstract(verdict, n) for n, verdict in enumerate(verdicts, 1))
    note = "Answers are in English only; here it is again, in short.\n\n" if question.form is Form.LANGUAGE else ""
    return note + "\n".join(f"- **{titled(v.paper)}**: {_shortened(v)} [{n}]" for n, v in enumerate(verdicts, 1))


_EXISTS = re.compile(
    r"\b(?:is|are|was|were) there\b|\b(?:do|does|did|have|has) (?:you|we|any(?:one|body)?|some(?:one|body)?|the collection)\b"
    r"|\bexists?\b|\bany (?:\w+ )?(?:papers?|works?|stud(?:y|ies))\b",
    re.IGNORECASE,
)
"""Wording that asks whether there is something: that a paper answers is a yes."""


def as_wished(question: Question, verdicts: Sequence[Verdict]) -> tuple[str, Sequence[Verdict]]:
    """The text on these papers in the form that the question wishes for, and the papers that it cites; no text where it wishes for none."""
    one = question.kind in (Kind.ONE, Kind.NUMBER, Kind.DEFINITION) or len(verdicts) == 1
    if question.wish is Wish.TITLES:
        return _titles(verdicts), verdicts
    if question.wish is Wish.TABLE:
        return _table(verdicts), verdicts
    if question.wish is Wish.YES_NO:
        return (f"Yes: {_named(verdicts)}.", verdicts) if _EXISTS.search(question.asked) else (_undecided(verdicts[0]), verdicts[:1])
    if question.wish is Wish.SENTENCE and not one:
        return f"{_named(verdicts)} {'answers' if len(verdicts) == 1 else 'answer'}.", verdicts
    if question.wish in (Wish.SENTENCE, Wish.BRIEF) and one:
        return f"**{titled(verdicts[0].paper)}**: {_quote(verdicts[0])} [1]", verdicts[:1]
    if question.wish is Wish.BRIEF:
        return "\n".join(f"- **{titled(v.paper)}**: {_shortened(v)} [{n}]" for n, v in enumerate(verdicts, 1)), verdicts
    return "", verdicts


def _quote(verdict: Verdict) -> str:
    return shown(verdict.quotes[0]) if verdict.quotes else ""


def _titles(verdicts: Sequence[Verdict]) -> str:
    return "\n".join(f"- **{titled(v.paper)}**{byline(v.paper)} [{n}]" for n, v in enumerate(verdicts, 1))


def _named(verdicts: Sequence[Verdict]) -> str:
    names = [f"**{titled(v.paper)}** [{n}]" for n, v in enumerate(verdicts, 1)]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _undecided(verdict: Verdict) -> str:
    told = f"{_quote(verdict)} [1] (**{titled(verdict.paper)}**)"
    return f"The abstracts are quoted here, not weighed, so neither yes nor no; the nearest that one says: {told}"


def _cell(text: str) -> str:
    return " ".join(text.split())


def _table(verdicts: Sequence[Verdict]) -> str:
    rows = []
    for number, verdict in enumerate(verdicts, 1):
        says = _cell(shown(verdict.quotes[0])) if verdict.quotes else ""
        rows.append(f"| **{_cell(titled(verdict.paper))}** | {verdict.paper.published or 'not known'} | {says} [{number}] |")
    return "\n".join(["| Paper | Date | What it says |", "|---|---|---|", *rows])


def _why(question: Question, verdict: Verdict, number: int) -> str:
    quote = shown(verdict.quotes[0]) if verdict.quotes else "its abstract cannot be quoted"
    how = f" (relevance {verdict.relevance:.2f} of 1)" if 0 < verdict.relevance < 1 else ""
    asked = f" for “{shown(question.text)}”" if question.text else ""
    return f"**{titled(verdict.paper)}**{byline(verdict.paper)} was listed{asked}{how} because of this sentence: {quote} [{number}]"


def _abstract(verdict: Verdict, number: int) -> str:
    paper = verdict.paper
    whole = shown(paper.abstract) if trusted(paper.abstract) == paper.abstract else " ".join(map(shown, verdict.quotes))
    return f"**{titled(paper)}**{byline(paper)}:\n\n{whole} [{number}]"


def _shortened(verdict: Verdict) -> str:
    """The best sentence up to its first clause that says enough."""
    sentence = shown(verdict.quotes[0]) if verdict.quotes else ""
    words = sentence.split()
    if len(words) <= _SHORT:
        return sentence
    parts, kept = _CLAUSE.split(sentence), ""
    for part in parts:
        kept = f"{kept} {part}".strip()
        if len(kept.split()) >= _SHORT // 2:
            break
    words = kept.split()
    return f"{' '.join(words[:_SHORT]).rstrip('.,;:')} …"
