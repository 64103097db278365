"""What is held of a system that is asked about by its name: a paper that presents it, sentences that mention it, or nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import Paper
from rag.assistant.outcome import Outcome
from rag.filters import Filters
from rag.generation import byline, shown, titled
from rag.index import folded_key
from rag.relevance import Judgement, Verdict, one
from rag.retrieval import Retriever
from rag.text import named_like, split_sentences, trusted, unaccented
from rag.understanding import Question, typed_as_name

_FEW, _SHARE, _READ = 8, 0.02, 60
"""A name in more papers than `_FEW`, and than this share of all, is a topic by now; so many of its papers are read."""

_NEAREST, _TOLD, _SENTENCES = 3, 6, 2
MENTIONED = 0.25
"""Relevance of a paper that is cited for one sentence, or only mentions what was asked about: on the border."""

_OWN = r"\b(?:we|our|this (?:paper|work|study|article|report|survey)|the authors?)\b"
_BRINGS = (
    r"(?:introduc|propos|present|develop|releas|design|devis|describ|achiev|unveil|offer|build|built|creat|establish"
    r"|contribut|construct|provid|showcas|suggest|formulat|shar|publish|deliver|explor"
    r"|implement)\w*"
)
_CALLED = (
    r"(?:called|named|termed|dubbed|namely|coined|denoted(?: as)?|referred to as|known as|i\.e\.,?"
    r"|abbreviated(?: as)?|resulting in|obtain|yield\w*)"
)
_KINDS = r"(?:model|models|method|approach|system|framework|algorithm|technique|benchmark|dataset|optimizer|library|compiler|family)"
_OTHERS = r"(?:to|of|for|with|on|that|in|from|by|using|over|than|like|as|upon|and|against|beyond)"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held of a name: the papers that present it, those that mention it, each with the sentences, and whether it is a topic."""

    presented: tuple[Paper, ...] = ()
    mentioned: tuple[tuple[Paper, tuple[str, ...]], ...] = ()
    topic: bool = False


class Names:
    """Looks names up in what is held. Holds no state of any question."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever, self._index = retriever, retriever.index

    def standing(self, name: str) -> Standing:
        """What is held of a name."""
        lexical, held = self._index.lexical, len(self._index)
        if ids := [paper_id for found in lexical.named(name).values() for paper_id in found]:
            return Standing(presented=tuple(self._index.papers(ids)))
        terms = lexical.terms(" ".join(one(word) for word in name.split()))
        if len(terms) > 1 and min(lexical.document_frequencies(terms)) > _FEW:
            return Standing(topic=True)  # "code LMs": of words that many papers have
        found, count = lexical.page(name, Filters(), "best", 0, _READ)
        squeezed = re.sub(r"[\W_]", "", name)
        if squeezed != name:  # EAGLE-2 is written EAGLE2, too
            more, _ = lexical.page(squeezed, Filters(), "best", 0, _READ)
            found = list(dict.fromkeys([*found, *more]))
        if count > max(_FEW, held * _SHARE):
            return Standing(topic=True)
        written = _written(name)
        texts = [(paper, _holding(paper, written)) for paper in self._index.papers(found)]
        texts = [(paper, sentences) for paper, sentences in texts if sentences or written.search(paper.title)]
        if any(_spelt_out(paper, name) for paper, _ in texts) or not _as_name(texts, written):
            return Standing(topic=True)
        says = _bringing_in(name)
        return Standing(tuple(paper for paper, _ in texts if _presents(paper, name, says)), tuple(texts))

    def told(self, question: Question) -> Outcome | None:
        """What is said of a name or a title that no paper here presents; None where the question is to be judged as any other."""
        if question.title:
            said = f"No paper here is titled “{shown(question.title)}”."
            return None if self._begins_title(question.title) else self._absent(said, question.title)
        if not question.name:
            return None
        standing = self.standing(question.name)
        if standing.topic or standing.presented or self._retriever.terms(question.text).named:
            return None
        if not standing.mentioned:
            said = f"No paper here mentions {shown(question.name)}."
            return self._absent(said, question.text) if typed_as_name(question.asked, question.name) else None
        text, verdicts = mentions_text(question.name, standing)
        return Outcome(text, verdicts, Judgement((), (), (), len(verdicts)), aside=True)

    def _absent(self, said: str, asked: str) -> Outcome:
        """That what was asked about is not held, with the papers nearest to it."""
        nearest = self._nearest(asked)
        near = "\n".join(f"- {titled(paper)}{byline(paper)}" for paper in nearest)
        text = f"{said}\n\nNearest, but not answers:\n\n{near}" if near else said
        return Outcome(text, (), Judgement((), (), nearest, len(nearest)))

    def _nearest(self, text: str) -> tuple[Paper, ...]:
        return tuple(hit.paper for hit in self._retriever.search(text, _NEAREST))

    def _begins_title(self, title: str) -> bool:
        """Whether a held title has these words in a row: people leave out what follows the colon."""
        return any(folded_key(title) in folded_key(paper.title) for paper in self._nearest(title))


def mentions_text(name: str, standing: Standing) -> tuple[str, tuple[Verdict, ...]]:
    """That no paper presents a system, with the sentences that mention it; and the papers cited."""
    told = [(paper, said) for paper, said in standing.mentioned if said][:_TOLD]
    verdicts = tuple(Verdict(paper, MENTIONED, said) for paper, said in told)
    lines = "\n".join(
        f"- **{titled(paper)}**{byline(paper)}: {' '.join(f'{shown(sentence)} [{n}]' for sentence in said[:_SENTENCES])}"
        for n, (paper, said) in enumerate(told, 1)
    )
    count = len(standing.mentioned)
    head = f"No paper here presents {shown(name)}; {'1 abstract mentions' if count == 1 else f'{count} abstracts mention'} it"
    return f"{head}:\n\n{lines}" if lines else f"{head}.", verdicts


def _written(name: str) -> re.Pattern[str]:
    """The name as papers may write it: its parts with a blank, a hyphen or nothing between."""
    parts = re.findall(r"[^\W\d_]+|\d+", name)
    joined = r"[\W_]?".join(map(re.escape, parts))
    return re.compile(rf"(?<![^\W_]){joined}(?![^\W_])", re.IGNORECASE)


def _holding(paper: Paper, written: re.Pattern[str]) -> tuple[str, ...]:
    """The sentences that hold a name, of those that may be quoted."""
    safe = trusted(paper.abstract)
    return tuple(s for s in split_sentences(paper.abstract) if s in safe and written.search(s))


def _as_name(texts: Sequence[tuple[Paper, tuple[str, ...]]], written: re.Pattern[str]) -> bool:
    """Whether papers mostly write it as a name: a word that begins small is a word of the language, or a topic."""
    found = [match[0] for paper, _ in texts for match in written.finditer(paper.abstract)]
    return 2 * sum(bool(named_like(one)) or one[0].isupper() or one[0].isdigit() for one in found) >= len(found)


def _spelt_out(paper: Paper, name: str) -> bool:
    """Whether a paper spells an abbreviation out: "graph neural networks (GNNs)" are a topic, no system."""
    letters = re.sub(r"s$", "", name)
    if not 2 <= len(letters) <= 6 or not letters.isalpha():
        return False
    words = r"[\s-]+".join(rf"{re.escape(letter)}\w*" for letter in letters)
    return bool(re.search(rf"\b{words}\s*\(\s*{re.escape(letters)}s?\b", paper.abstract, re.IGNORECASE))


def _presents(paper: Paper, name: str, says: re.Pattern[str]) -> bool:
    """Whether a paper brings a system in, by its title or its own word (`says`)."""
    if f"{_plain(paper.title)} ".startswith(f"{_plain(name)} "):
        return True
    return any(_whole_name(s, found) for s in split_sentences(paper.abstract) if (found := says.search(s)))


def _bringing_in(name: str) -> re.Pattern[str]:
    """What a sentence says with which a paper brings a system in."""
    written = rf"{_written(name).pattern}(?!-\w)"
    brings = rf"{_OWN}.*?\b{_BRINGS}\s+(?:(?!{_OTHERS}\b)[^\s]+\s+){{0,8}}?[(\"“]?(?P<a>{written})"
    called = rf"{_OWN}.*?\b{_CALLED}\s+(?:the\s+)?[\"“]?(?P<b>{written})"
    own = (
        rf"\b(?:our|the proposed)\s+(?:(?:[\w-]+\s+){{0,3}}[\w-]+,\s*|(?:new|novel|proposed|own)\s+)?"
        rf"(?P<c>{written})"
    )
    kind = rf"\b(?:our|the proposed)\s+(?:[\w-]+\s+)?{_KINDS}\s+(?P<g>{written})\b"
    apart = rf"{_OWN}.*\(\s*(?P<f>{written})\s*\)"  # "we propose Learning to Parallel Decode (Learn2PD)"
    told = rf"^(?P<d>{written})\s|(?P<e>{written})\s*[,–—-]+\s*(?:an?|our|the first)\s"
    return re.compile(rf"(?:{brings}|{called}|{own})(?={_AFTER})|{told}|{kind}|{apart}", re.IGNORECASE)


def _plain(text: str) -> str:
    """Text in small letters without accents and signs: "Týr-the-Pruner" begins with "Tyr"."""
    return folded_key(unaccented(text))


_AFTER = (
    r"\W*$|[)\"”]?\s*[,.;:()\[]|\s+(?:an?|the|that|which|to|for|with|in|on|as|is|are|and|by|from|using|at|of|based|where|framework|method"
    r"|model|models|system|algorithm|approach|benchmark|dataset|toolkit|library|architecture|technique|family|series|suite|optimizer"
    r"|pipeline)\b|\s*[-–—]\s"
)
"""What may follow a name; before another word it only tells of what kind that is ("CUDA kernels")."""


def _whole_name(sentence: str, found: re.Match[str]) -> bool:
    """Whether the name is not the end of a longer one ("Spike-Aware Adam")."""
    before = sentence[: found.start(found.lastgroup or 0)].split()
    return not before or not before[-1][0].isupper() or len(before) == 1
