"""What an acronym stands for, as the abstracts themselves spell it out."""

import re

from corpus import Paper
from rag.assistant.outcome import Outcome
from rag.filters import Filters
from rag.generation import quoted_items, shown
from rag.index import Index
from rag.relevance import PAIR, Judgement, Verdict, one, spelt_pair
from rag.text import split_sentences, trusted
from rag.understanding import Kind, Question

_READ, _TOLD = 200, 3
_STANDS_FOR = re.compile(
    r"\b(?:what )?(?P<of>[A-Z][\w-]{1,9}) (?:is |being )?(?:stands?|short|an? (?:acronym|abbreviation)) (?:for|of)(?: what)?(?=\W*$)"
    r"|\b(?:what(?: exactly)?(?: does|'s| is| do)(?: the)?(?: (?:acronym|abbreviation|letters|term))?|spell out|meaning of|expand) "
    r"(?P<short>[A-Za-z][\w-]{1,9})\b"
    r"(?: (?:stand\w* for|mean|short for|an? (?:acronym|abbreviation) (?:of|for)|abbreviate)|(?=\W*$))",
    re.IGNORECASE,
)
_ASKS_LONG = re.compile(r"\b(?:stand|mean|short for|acronym|abbreviat|spell|expand)", re.IGNORECASE)


def spelt_out(index: Index, question: Question) -> Outcome | None:
    """What an acronym stands for, where that is asked and an abstract spells it out; None of another question."""
    match = _STANDS_FOR.search(question.asked)
    if not match or not _ASKS_LONG.search(question.asked):
        return None
    short = match["short"] or match["of"]
    found = _forms(index, one(short))
    if not found:
        return None
    long = max(found, key=lambda form: len(found[form]))
    verdicts = tuple(Verdict(paper, 1.0, (sentence,)) for paper, sentence in found[long])
    judgement = Judgement(verdicts[:_TOLD], (), (), len(verdicts))
    count = f"{len(verdicts)} abstracts here spell" if len(verdicts) > 1 else "one abstract here spells"
    head = f"{shown(short)} stands for “{shown(long)}”; {count} it out so."
    items = "\n- ".join(quoted_items(Question(question.asked, "", Kind.LIST), judgement.relevant))
    return Outcome(f"{head}\n\n{'- ' if len(judgement.relevant) > 1 else ''}{items}", judgement.relevant, judgement)


def _forms(index: Index, short: str) -> dict[str, list[tuple[Paper, str]]]:
    """The long forms of an acronym, each with the papers that spell it out so, and the sentence."""
    found: dict[str, dict[str, tuple[Paper, str]]] = {}
    for paper in index.papers(index.lexical.page(short, Filters(), "best", 0, _READ)[0]):
        safe = trusted(paper.abstract)
        for sentence in split_sentences(paper.abstract):
            pairs = [pair for said in PAIR.finditer(sentence) if (pair := spelt_pair(said[1], said[2]))]
            for long, name in pairs:
                if name.lower() == short.lower() and sentence in safe:
                    found.setdefault(long, {}).setdefault(paper.paper_id, (paper, sentence))
    return {long: list(papers.values()) for long, papers in found.items()}
