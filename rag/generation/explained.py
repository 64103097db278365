"""What an idea is, what is known of it, and how two ideas compare, out of sentences of the abstracts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus import Paper
from rag.generation.extractive import byline, shown, titled
from rag.relevance import Verdict
from rag.text import content_words, split_sentences, trusted

_MOST = 8
"""Papers of the main lines of work; more are counted."""

_SURVEY = re.compile(r"\b(?:survey|review|overview|taxonomy|systematic (?:study|analysis)|primer|tutorial)\b", re.IGNORECASE)
_BOTH, _ENOUGH = 6, 2
_WEIGHS = re.compile(
    r"\b(?:better|worse|outperform\w*|than|superior|inferior|compared|comparison|versus|while|whereas|unlike|not only|advantages?)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:open (?:problems?|questions?|issues?|challenges?)|challenges|unsolved|unresolved|limitations|future (?:work|directions?"
    r"|research)"
    r"|(?:problems?|questions?|issues?|what|much) (?:that )?(?:still |yet )?(?:remains?|are|is|stays?) (?:still |yet )?(?:open"
    r"|to be (?:solved"
    r"|done|answered)|missing|hard)|not (?:yet )?(?:been )?solved|yet to be solved)\b",
    re.IGNORECASE,
)
_SAYS_SURVEY = re.compile(
    r"\b(?:this|our|the present) (?:\w+ )?(?:survey|review|overview)\b|\bwe (?:\w+ )?(?:survey|review)\b|\b(?:paper|article"
    r"|work) (?:\w+ )?(?:surveys|reviews)\b"
    r"|\b(?:comprehensive|systematic) (?:survey|review|overview)\b",
    re.IGNORECASE,
)


def is_survey(paper: Paper) -> bool:
    """Whether a paper is a survey, by its title or its own word."""
    return bool(re.search(r"\b(?:survey|review|overview|tutorial)\b", paper.title, re.IGNORECASE) or _SAYS_SURVEY.search(paper.abstract))


def surveys_first(verdicts: Sequence[Verdict], asked: str = "") -> list[Verdict]:
    """Surveys before other papers, each group in its order; where open problems are asked for, those that name some."""
    if _OPEN.search(asked):
        verdicts = [
            v for v in verdicts if _SURVEY.search(f"{v.paper.title} {v.paper.abstract}") and _OPEN.search(v.paper.abstract)
        ] or verdicts
    return sorted(verdicts, key=lambda verdict: not _SURVEY.search(verdict.paper.title))


def on_both(papers: Sequence[Paper], stems: Sequence[set[str]], terms: Callable[[str], list[str]]) -> list[Verdict]:
    """Papers with a sentence that speaks of both sides, those first that weigh them."""
    found: list[tuple[bool, Verdict]] = []
    for paper in papers:
        safe = trusted(paper.abstract)
        sentences = [s for s in split_sentences(paper.abstract) if s in safe and all(stem <= set(terms(s)) for stem in stems)]
        if sentences:
            sentences.sort(key=lambda sentence: not _WEIGHS.search(sentence))
            found.append((bool(_WEIGHS.search(sentences[0])), Verdict(paper, 1.0, tuple(sentences))))
    return [verdict for _, verdict in sorted(found, key=lambda one: not one[0])][:_BOTH]


def explained(topic: str, lead: Sequence[Verdict], verdicts: Sequence[Verdict], sure: bool) -> tuple[str, list[Verdict]]:
    """The text of a definition, and the papers that it cites in the order of their numbers.

    All quotes of the `lead` are told; `sure` where they define the topic.
    """
    order = list(lead)
    first = "\n\n".join(
        f"**{titled(v.paper)}**{byline(v.paper)}: {' '.join(f'{shown(quote)} [{n}]' for quote in v.quotes)}" for n, v in enumerate(lead, 1)
    )
    if first and not sure:
        first = f"No abstract here defines {shown(topic)}; this is what they say of it.\n\n{first}"
    told = {verdict.paper.paper_id for verdict in order}
    others = [v for v in surveys_first(verdicts) if v.quotes and v.paper.paper_id not in told]
    kept = others[: _MOST - len(order)]
    if not kept:
        return first, order
    lines = "\n".join(f"- **{titled(v.paper)}**{byline(v.paper)}: {shown(v.quotes[0])} [{n}]" for n, v in enumerate(kept, len(order) + 1))
    more = len(others) - len(kept)
    tail = f"\n\n{more} more papers here are on it; ask “which papers are on {shown(topic)}?” for all." if more else ""
    head = f"{first}\n\nMain lines of work:" if first else "Main lines of work:"
    return f"{head}\n\n{lines}{tail}", order + kept


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things weighed: its papers, and what is to be said where none presents it; `named` where it is a system's name."""

    words: str
    verdicts: tuple[Verdict, ...]
    note: str = ""
    named: bool = False


def weighed(sides: Sequence[Side], both: Sequence[Verdict], better: bool) -> tuple[str, list[Verdict]]:
    """The sides next to each other: what papers on all of them say, then each side's own, or that it is not held."""
    cited: list[Verdict] = []

    def line(verdict: Verdict) -> str:
        known = next((n for n, one in enumerate(cited, 1) if one.paper.paper_id == verdict.paper.paper_id), 0)
        if not known:
            cited.append(verdict)
        number = known or len(cited)
        said = " ".join(f"{shown(quote)} [{number}]" for quote in verdict.quotes[:2]) or f"[{number}]"
        return f"- **{titled(verdict.paper)}**{byline(verdict.paper)}: {said}"

    names = [shown(side.words) for side in sides]
    which = f"{', '.join(names[:-1])} or {names[-1]}"
    head = (
        f"The abstracts do not decide whether {which} is better; this is what they report."
        if better
        else f"What the abstracts say of {', of '.join(names[:-1])} and of {names[-1]}."
    )
    every = "both" if len(sides) == 2 else "all of them"
    parts = [f"Papers on {every}:\n\n" + "\n".join(map(line, both))] if both else []
    told = {verdict.paper.paper_id for verdict in both}
    for side in sides:
        papers = [verdict for verdict in side.verdicts if verdict.paper.paper_id not in told]
        if papers and (side.named or len(both) < _ENOUGH):
            parts.append(f"{side.note or f'On {shown(side.words)}'}:\n\n" + "\n".join(map(line, papers)))
        elif side.note:
            parts.append(f"{side.note.rstrip('.')}.")
    return "\n\n".join([head if both else f"{head} No sentence here speaks of {every}.", *parts]), cited


_ASKING = re.compile(
    r"^(?:so |ok |please )?(?:(?:can|could) (?:you|someone) )?(?:tell me |explain |define |describe )?(?:to me )?"
    r"(?:what|how)?(?:'s| is| are| does| do| exactly)*\b",
    re.IGNORECASE,
)
_MEANS = re.compile(
    r"\b(?:mean|means|meant|work|works|exactly|actually|stand for|called|in (?:simple|plain|short|general)\b.*|used for"
    r"|definition of|idea of|concept of|please|briefly|term|me|explain|define|anyway)\b",
    re.IGNORECASE,
)


def topic_of(text: str) -> str:
    """What a question asks the meaning of."""
    return " ".join(content_words(_MEANS.sub(" ", _ASKING.sub(" ", text, count=1)))) or text
