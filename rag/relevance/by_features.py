"""Which hits answer the question: the judge that needs no model.

Linear models over features of the question's words in the papers, fitted by rag/evaluation/calibrate.py on judged
questions, tell each hit's probability to answer, how many to name, and whether any does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from corpus import Paper, title_key
from rag.relevance.absent import absent_term, apart
from rag.relevance.answerable import question_features
from rag.relevance.asked import Asked
from rag.relevance.cut import relevant_and_near
from rag.relevance.features import Pool, pool_of
from rag.relevance.halves import halves
from rag.relevance.halves_read import halves_read
from rag.relevance.joined import is_joined
from rag.relevance.logistic import Floats, Table, model, table_of
from rag.relevance.outside import is_outside
from rag.relevance.quotes import quotes
from rag.relevance.reader import Reader
from rag.relevance.reading import READ, Read, SentencesRead, is_held, log_odds, read_these, read_through, reread
from rag.relevance.verdict import Half, Judgement, Verdict
from rag.retrieval import Hit, Retriever, Terms
from rag.text import content_words, named_like
from rag.understanding import Kind, Question

JUDGED = 60
"""Hits looked at for one question: recall@60 of the retriever is what a judge can reach at best."""

_FEW = 3
"""A name in at most so many of the papers looked at tells which paper is meant."""

_TELLING = 2.0
"""Inverse document frequency from which a word's absence is worth telling."""

_ALL_WORDS = 0.999
_STRANGE = 5.0
"""Weight of the search's score beside what was learned of this field, times the share of the question that the embedding knows only
in pieces. Claims of medicine, a fifth of which is so known (SciFact), are then found as the search finds them (nDCG@10 .692 in
place of .671); questions of the field stay as they are (.815 and .816, where under a hundredth is)."""

_BRIEF, _LIKE_IT = 3, 0.6
"""A question of so few words means each of them: where no paper has its rarest,
and none of the best a word at all like it, none is on it, unless a close reading finds one."""

_CERTAIN = 0.95
"""Probability from which on reading is certain. Of 212 brief questions that are answered the model `joined` declined none in its folds,
and met one near miss; "spiking neural networks", which it declined, has a paper at .98."""

_HARDLY = 0.15
"""Probability of the best paper below which none is named: of 640 questions of conversations and others that no fit saw four fall below
it, of whose answers one was right."""

_SURELY_READ = 2.5
"""Logit of a close reading from which on a paper answers, though none has a term of the question. Of 784 questions in conversations and
960 of clusters that are answered 4 were lost to such terms, and 8 of 28 near misses that were answered before are told."""

_ACRONYM = re.compile(r"[A-Z][A-Z\d]{2,}s?")

_EVERYTHING = re.compile(r"\b(?:papers?|works|list|everything|all|corpus|articles|studies)\b", re.IGNORECASE)


_NO_MENTION, _NOT_BOTH = "no paper here mentions “", "no paper here mentions both “"
_NOT_HELD, _NOT_JOINED = "no paper here seems to be on it", "no paper here seems to be close enough"
"""What it means that the model of a whole question, `held` or `joined`, says no: it was judged, not looked up."""


class Judge:
    """Judges hits by their features, and by reading the best where there is a reader. Holds no state of any question."""

    def __init__(self, retriever: Retriever, reader: Reader | None = None) -> None:
        self._retriever, self._reader = retriever, reader

    def ranked(self, text: str, hits: Sequence[Hit], context: str = "", *, read: bool = False) -> list[Hit]:
        """The hits by their probability to answer, most probable first; those beyond JUDGED follow as they were.

        With `read`, the best are read first, where there is a reader: better, and some tenths of a second slower.
        """
        judged = [hit for hit in hits[:JUDGED] if hit.features is not None]
        if len(judged) < 2:
            return list(hits)
        pool = pool_of(self._retriever, text, judged, context)
        named = np.array([hit.features.named if hit.features else 0.0 for hit in judged])
        asked_for = title_key(text)
        titled = np.array([title_key(hit.paper.title) == asked_for for hit in judged], np.float64)
        relevance = relevance_of(pool)
        likely = _likely(pool, relevance)
        if read and self._reader:
            best = np.argsort(-likely, kind="stable")[:READ].tolist()
            again = _likely(pool, reread(pool, relevance, read_these(self._reader, pool, text, best)))
            likely[best] = again[best] + np.ptp(likely) + np.ptp(again)  # what was read stays above the rest
        order = np.lexsort((-likely, -(named + titled))).tolist()
        scores = sorted((hit.score for hit in judged), reverse=True)  # a score says where in the list a paper stands
        return [replace(judged[i], score=score) for i, score in zip(order, scores, strict=True)] + list(hits[len(judged) :])

    def judge(self, question: Question, hits: Sequence[Hit], *, quoted: bool = True) -> Judgement:
        """Which hits answer, how many of them, and, where they are to be `quoted`, with which sentences: then the best are read closely."""
        if not hits:
            return Judgement((), (), (), 0, "no paper passes the filters" if question.filters else "")
        if hits[0].features is None and not (question.filters or question.within or _EVERYTHING.search(question.asked)):
            return Judgement((), (), (), 0, "ask about a topic, a system or a date")
        if hits[0].features is None:
            return Judgement(self._verdicts("", [(hit.paper, 1.0) for hit in hits]), (), (), len(hits))
        terms = self._retriever.terms(question.text)
        hits = hits[:JUDGED]
        pool = pool_of(self._retriever, question.text, hits, question.context)
        by_features = relevance_of(pool)
        read, relevance = None, by_features
        if self._reader:
            read, relevance = read_through(self._reader, pool, _spelt(question.text, terms), by_features, closely=quoted)
        nearest = tuple(hits[i].paper for i in np.argsort(-relevance, kind="stable")[:3])
        if reason := self._unanswered(question, pool, by_features, terms, (relevance, read) if read else None):
            if quoted and not reason.startswith((_NO_MENTION, _NOT_BOTH)):
                return self._declined(pool, question.text, nearest, reason)
            return Judgement((), (), nearest, len(hits), reason)
        all_known = all(self._held(name) for name in named_like(question.text))
        relevant, borderline = relevant_and_near(question, hits, relevance, self._told_of(question, hits), all_known)
        chosen = [(hits[i].paper, float(relevance[i])) for i in relevant + borderline]
        if quoted:
            verdicts = self._verdicts(question.text, chosen, pool.asked, read.sentences(pool) if read else None)
        else:
            verdicts = tuple(Verdict(paper, probability, ()) for paper, probability in chosen)
        ids = {hits[i].paper.paper_id for i in relevant}
        answering = tuple(verdict for verdict in verdicts if verdict.paper.paper_id in ids)
        if not answering:
            return Judgement((), (), nearest, len(hits), "no paper here can be quoted on it")
        missing = self._missing(question.kind, terms, answering)
        if not (question.within or question.context) and (word := self._elsewhere(missing)):
            return self._declined(pool, question.text, nearest, f"no paper here seems to be on “{word}” and the rest of it")
        rest = tuple(verdict for verdict in verdicts if verdict.paper.paper_id not in ids)
        return Judgement(answering, rest, nearest, len(hits), missing=missing)

    def _declined(self, pool: Pool, text: str, nearest: tuple[Paper, ...], reason: str) -> Judgement:
        """No paper answers: those on either half of the question are near, else those that are most like it."""
        parts = halves(pool, text)
        if self._reader and not (parts and all(half.papers for half in parts)):
            parts = halves_read(self._reader, pool, text) or parts
        return Judgement((), (), _of(parts) or nearest, len(pool.hits), reason, halves=parts)

    def _told_of(self, question: Question, hits: Sequence[Hit]) -> list[int]:
        """Positions of the hits on systems that the question names: by their title, else by a name that few papers hold."""
        by_title = [i for i, hit in enumerate(hits) if hit.features is not None and hit.features.named]
        if not (names := named_like(question.text)):
            return by_title
        lexical, ids = self._retriever.index.lexical, [hit.paper.paper_id for hit in hits]
        by_text = []
        for name in names:
            stems = set(lexical.terms(name))
            held = set(ids).intersection(*(lexical.holding(stem, ids) for stem in stems))
            holding = [i for i, paper_id in enumerate(ids) if paper_id in held]
            if stems and len(holding) <= _FEW and not set(holding) & set(by_title):
                by_text += holding[:1]
        return list(dict.fromkeys(by_title + by_text))

    def _missing(self, kind: Kind, terms: Terms, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
        """Telling words of the question that occur in none of these papers, at most three."""
        if kind in (Kind.COMPARE, Kind.NUMBER):
            return ()  # "which reports the larger gain" asks in words of its own
        lexical = self._retriever.index.lexical
        held = frozenset().union(*(p.all_terms for p in self._retriever.passages.read([v.paper for v in verdicts])))
        weight = dict(zip(terms.terms, terms.idf.tolist(), strict=True))
        words = [(word, lexical.terms(word)) for word in content_words(terms.text)]
        missing = [w for w, stems in words if stems and not held & set(stems) and min(weight.get(s, 0.0) for s in stems) > _TELLING]
        return tuple(missing[:3])

    def _elsewhere(self, missing: Sequence[str]) -> str:
        """An acronym that a few papers hold, but none of those that would be named: they are on the rest of the question only.

        Other rare words do not tell: on judged clusters they often have another name in the papers that answer.
        """
        lexical = self._retriever.index.lexical
        counts = {word: lexical.document_frequencies(lexical.terms(word)) for word in missing if _ACRONYM.fullmatch(word)}
        return next((word for word, held in counts.items() if held and all(0 < count <= _FEW for count in held)), "")

    def _unanswered(self, question: Question, pool: Pool, relevance: Floats, terms: Terms, reading: tuple[Floats, Read] | None) -> str:
        """Why the corpus does not answer; empty when it may. `reading` is what was read, and the probabilities after it."""
        if question.within:
            return ""  # asked about papers that were just shown
        if question.kind in (Kind.ONE, Kind.NUMBER, Kind.COMPARE) and not terms.named:
            names = named_like(question.text)
            unknown = [name for name in names if not self._held(name)]
            if unknown and len(unknown) == len(names):
                return f"no paper here mentions {' or '.join(unknown)}"
        if any(hit.features and hit.features.named for hit in pool.hits[:3]):
            return ""
        if reading and reading[0].max() < _HARDLY:
            return _NOT_HELD
        if question.context:  # a follow-up is answerable by its own words: what it refers back to was answered
            pool = pool_of(self._retriever, question.text, pool.hits)
            relevance, reading = relevance_of(pool), None
        if not question.context and (absent := self._absent(question, question.line != "" or not _surely_read(reading))):
            return absent
        told = table_of([question_features(pool, relevance)])
        lacking = len(pool.asked.wanted) <= _BRIEF and told["rare1_three"][0] < _LIKE_IT and pool.lacks_the_rarest
        if lacking and not (reading and reading[1].finds_one):
            return _NOT_HELD
        # a paper that has each word of the question is on its topic, however rare the words
        if pool.table["exact"].max() <= _ALL_WORDS and not _on_topic(told, reading):
            return _NOT_HELD
        # two sides stand in two papers; what is to be defined is one thing
        if question.kind not in (Kind.COMPARE, Kind.DEFINITION) and not _certain(pool, reading) and not _joins(told, reading):
            return _NOT_JOINED
        return ""

    def _absent(self, question: Question, by_word: bool) -> str:
        """Which two names of the question no paper has together, or, `by_word`, which word of it none has; empty where there is none."""
        index = self._retriever.index
        if both := apart(question, index):
            return f"{_NOT_BOTH}{both[0]}” and “{both[1]}”"
        term = absent_term(question, index.lexical) if by_word else ""
        return f"{_NO_MENTION}{term}”" if term else ""

    def _held(self, name: str) -> bool:
        lexical = self._retriever.index.lexical
        return all(lexical.document_frequency(term) for term in lexical.terms(name))

    def _verdicts(
        self, text: str, papers: Sequence[tuple[Paper, float]], taken: Asked | None = None, read: Mapping[str, SentencesRead] | None = None
    ) -> tuple[Verdict, ...]:
        """A verdict for each paper that has a sentence to quote, or only a title; `read` are the scores of sentences that were read."""
        found = quotes(self._retriever, text, [paper for paper, _ in papers], taken, read)
        both = zip(papers, found, strict=True)
        return tuple(Verdict(paper, p, sentences, needed) for (paper, p), (sentences, needed) in both if sentences or paper.title_only)


def _spelt(text: str, terms: Terms) -> str:
    """The text with its misspelt words as the search took them."""
    for typed, meant in terms.corrected:
        text = re.sub(rf"\b{re.escape(typed)}\b", lambda _, meant=meant: meant, text, flags=re.IGNORECASE)  # type: ignore[misc]
    return text


def _on_topic(told: Table, reading: tuple[Floats, Read] | None) -> bool:
    """Whether any paper is on the question's topic: by what was read, where something was."""
    held = model("held")
    if not reading:
        return held.passes(told)
    likely = float(held.probability(told)[0])
    return is_held(likely, *reading) and not is_outside(likely, *reading, told)


def _surely_read(reading: tuple[Floats, Read] | None) -> bool:
    """Whether a close reading is so sure of a paper that it may have another word for what is asked."""
    close = reading[1].close if reading else None
    return close is not None and float(close.reading.logits.max()) >= _SURELY_READ


def _certain(pool: Pool, reading: tuple[Floats, Read] | None) -> bool:
    """Whether a brief question has a paper that reading is certain of: near misses so brief were never met, so none can be told."""
    return reading is not None and len(pool.asked.wanted) <= _BRIEF and float(reading[0].max()) >= _CERTAIN


def _joins(told: Table, reading: tuple[Floats, Read] | None) -> bool:
    """Whether any paper joins what the question joins: by what was read, where something was."""
    joined = model("joined")
    return is_joined(float(joined.probability(told)[0]), *reading) if reading else joined.passes(told)


def _of(parts: Sequence[Half]) -> tuple[Paper, ...]:
    """The papers on either half, each once."""
    return tuple({paper.paper_id: paper for half in parts for paper in half.papers}.values())


def relevance_of(pool: Pool) -> Floats:
    """Each hit's probability to answer."""
    return model("papers").probability(pool.table)


def _likely(pool: Pool, relevance: Floats) -> Floats:
    """By which hits are ranked: their log odds to answer, and the search's own score the more, the stranger the question."""
    scores = np.array([hit.score for hit in pool.hits])
    return _standardised(log_odds(relevance)) + _STRANGE * pool.asked.strangeness * _standardised(scores)


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))
