"""Answers by a language model: understand, search, judge, write, check; and without it when it fails."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from corpus import Paper
from rag.answer import Answer, Checks, Clock, Coverage, Delta, Event, Step, Usage
from rag.assistant.account import misspelt
from rag.assistant.meanwhile import meanwhile
from rag.config import Config
from rag.errors import ModelError
from rag.filters import Filters
from rag.generation import Lacking, backing, citations_of, closing_line, write_extractive
from rag.generation.by_model import PROMPT_VERSION, ModelWriter, Survey
from rag.generation.exam import Examiner
from rag.llm import AnswerCache, Model, Spending, Standing, Unreadable
from rag.relevance import JUDGED, Judge, Judgement, Verdict, quotes
from rag.relevance.by_model import SURE, Judged, ModelJudge
from rag.retrieval import RERANKED, Hit, Retriever
from rag.understanding import Kind, Message, Question
from rag.understanding.by_model import Understanding, Understood, fused, merged, prompt_for, unclear, unlike_abstracts

_FEW = 20
"""Papers judged first when one paper or a few are wanted."""

QUOTED = "sentences are quoted from the abstracts"
Reading = Callable[[Understanding], Understood]
"""What the model told of a turn -> the turn understood."""

Retold = Callable[[Question, Sequence[Message], Understood], Question]
"""A turn as the rules read it, once a model has told that it is not about papers; about papers still where they see nothing else in it."""

Extractive = Callable[[Question, str | None], Iterator[Event]]
"""The way without a model: (question, notice) -> events."""


class ModelAnswers:
    """Answers questions with a model. Holds no state of any user; one instance serves all threads."""

    def __init__(self, config: Config, model: Model, retriever: Retriever, judge: Judge, extractive: Extractive, retold: Retold) -> None:
        self._config, self._model, self._retriever, self._extractive, self._retold = config, model, retriever, extractive, retold
        self._wording, self._by_features = judge, Judge(retriever)
        self._judge = ModelJudge(model, self._sentences, lambda asked, hits: judge.judge(asked.question, hits), self._likely)
        self._writer = ModelWriter(model, retriever.index.lexical.terms)
        self._lacking = Lacking(retriever)
        self.examiner = Examiner(model)
        self._cache = AnswerCache(config.home / "answers") if config.cache else None

    def close(self) -> None:
        """Let go of the endpoint's connections and of the answers kept."""
        self._model.close()
        if self._cache:
            self._cache.close()

    def _likely(self, asked: Understood, hits: Sequence[Hit]) -> Judgement:
        return self._by_features.judge(asked.question, hits, quoted=False)

    def _sentences(self, asked: Understood, papers: Sequence[Paper]) -> Sequence[Sequence[str]]:
        return [sentences for sentences, _ in quotes(self._retriever, asked.question.text, papers)]

    def stream(
        self,
        rules: Question,
        history: Sequence[Message],
        cited: Callable[[], Sequence[str]],
        given: Filters | None = None,
        only: Sequence[str] | None = None,
    ) -> Iterator[Event]:
        """Steps, checked pieces, and the Answer. `rules` is the question as the rules understood it; `cited` are
        the papers that the last answer named, asked for when they are needed; `given` filters and the `only` papers
        that may answer were set by hand."""
        key = self._key(rules, history) if self._cache else ""
        if self._cache and (kept := self._cache.get(key)):
            yield Delta(kept.text)
            yield kept
            return
        spending = self._model.spending()
        try:
            for event in self._fresh(rules, history, lambda found: within(only, self._read(rules, found, history, cited, given)), spending):
                if isinstance(event, Answer) and spending.notes:
                    event = replace(event, notice="; ".join([*filter(None, [event.notice]), *spending.notes]))
                if isinstance(event, Answer) and self._cache and event.notice is None and not spending.failed:
                    self._cache.put(key, event)
                yield event
        finally:
            spending.stop()  # also when who asked has gone: what waits for its turn is not asked any more

    def _key(self, rules: Question, history: Sequence[Message]) -> str:
        index = self._retriever.index
        index.refresh()
        settings = {name: value for name, value in self._config.model_dump(mode="json").items() if name.startswith("llm_")}
        return AnswerCache.key(
            question=rules.asked, history=list(history), filters=rules.filters, index=[index.generation, index.revision, len(index)],
            model=self._model.name, endpoint=self._config.openai_base_url, settings=settings, prompts=PROMPT_VERSION,
        )  # fmt: skip

    def _fresh(self, rules: Question, history: Sequence[Message], read: Reading, spending: Spending) -> Iterator[Event]:
        clock = Clock()
        try:
            standing = yield from self._standing(rules)
            if not standing.of_use:
                yield from self._extractive(rules, _of_no_use(self._model.name, standing))
                return
            if self._model.slow:
                yield Step("improve", f"improving with {self._model.name} ...", self._draft(rules))
            understood, hits = yield from self._searched(rules, history, read, standing, spending, clock)
            if understood.intent != "papers" and (told := self._retold(rules, history, understood)).intent != "papers":
                hits = self._surely_answered(rules, standing)
                if not hits:
                    for event in self._extractive(told, None):
                        yield replace(event, usage=_total(event.usage, spending, clock)) if isinstance(event, Answer) else event
                    return
                understood = Understood(rules)
            step = Step("judge", f"judging {min(self._size(understood.question), len(hits))} papers")
            judged = yield from meanwhile(step, lambda: self._judged(understood, hits, standing, spending))
            clock.lap("judge")
        except ModelError as error:
            for event in self._extractive(rules, f"answered without the language model, {QUOTED}: {error}"):
                yield replace(event, usage=_total(event.usage, spending, clock)) if isinstance(event, Answer) else event
            return
        yield from self._written(understood, judged, standing, spending, clock)

    def _standing(self, rules: Question) -> Generator[Event, None, Standing]:
        """What the model is trusted with; while that is found out, the quoted answer is there."""
        if self._model.config.llm_trust != "exam" or self.examiner.known():
            return self.examiner.standing()
        step = Step("understand", f"finding out what {self._model.name} can do, once", self._draft(rules))
        return (yield from meanwhile(step, self.examiner.standing))

    def _draft(self, rules: Question) -> Answer:
        """The answer without the model."""
        return next(event for event in self._extractive(rules, None) if isinstance(event, Answer))

    def _judged(self, understood: Understood, hits: Sequence[Hit], standing: Standing, spending: Spending) -> Judged:
        """The judgement of whoever may judge; a paper of a system that is asked about by name is not lost by a model's word."""
        if not hits:
            return _nothing()
        if standing.judges == "no":
            return Judged(self._wording.judge(understood.question, hits[:JUDGED]), {})
        return self._judge.judge(understood, hits, self._size(understood.question), spending, singly=standing.judges == "single")

    def _surely_answered(self, rules: Question, standing: Standing) -> list[Hit]:
        """The hits of a turn that a poor judge took for no question about papers, where the judge that ships is sure of an answer."""
        if standing.judges != "no":
            return []
        hits = self._searched_by(rules, rules.text, rules.context)
        judged = self._wording.judge(rules, hits[:JUDGED])
        return hits if any(verdict.relevance >= SURE for verdict in judged.relevant) else []

    # --- search

    def _searched(
        self, rules: Question, history: Sequence[Message], read: Reading, standing: Standing, spending: Spending, clock: Clock
    ) -> Generator[Event, None, tuple[Understood, list[Hit]]]:
        """The question understood, and its pool. Returns (Understood, hits)."""
        understood = Understood(rules)
        yield Step("search", f"searching {len(self._retriever.index):,} papers")
        helped = self._config.llm_understanding and standing.understands
        early = helped and unclear(rules, history)
        first = [] if early else self._searched_by(rules, rules.text, rules.context)
        clock.lap("search")
        if not (early or (helped and unlike_abstracts(first))):
            return understood, self._pool(understood, first)
        yield Step("understand", "putting the question in the field's terms")
        with suppress(Unreadable):
            understood = read(self._model.ask(prompt_for(rules, history, date.today()), Understanding, spending))
        clock.lap("understand")
        same = (understood.question.text, understood.question.filters) == (rules.text, rules.filters)
        hits = self._pool(understood, first if same else [])
        clock.lap("search")
        return understood, hits

    def _read(
        self, rules: Question, found: Understanding, history: Sequence[Message], cited: Callable[[], Sequence[str]], given: Filters | None
    ) -> Understood:
        organisations = self._retriever.index.lexical.organisations() if found.organisation else ()
        return merged(rules, found, history, organisations, cited() if found.previous or found.others else (), given)

    def _pool(self, understood: Understood, first: list[Hit]) -> list[Hit]:
        """The candidates of the question and of its phrasings; `first` are the question's own, where known."""
        question = understood.question
        own = first or self._searched_by(question, question.text, question.context)
        others = [self._searched_by(question, phrasing, "") for phrasing in understood.phrasings]
        hits = fused([own, *others], max(RERANKED, self._size(question))) if others else own
        return [hit for hit in hits if hit.paper.paper_id not in question.without]

    def _searched_by(self, question: Question, text: str, context: str) -> list[Hit]:
        return self._retriever.search(text, max(RERANKED, self._size(question)), question.filters, question.within, context)

    def _size(self, question: Question) -> int:
        """Papers to judge first: more in a larger corpus, where more papers may answer."""
        if question.kind not in (Kind.LIST, Kind.METADATA):
            return _FEW
        return int(self._config.llm_pool * max(1.0, 1 + math.log10(max(len(self._retriever.index), 1) / 1_000)))

    # --- the answer

    def _written(self, understood: Understood, judged: Judged, standing: Standing, spending: Spending, clock: Clock) -> Iterator[Event]:
        question, judgement = understood.question, judged.judgement
        if not judgement.relevant:
            text = self._lacking.abstention(question, judged)
            yield Delta(text)
            yield self._answer(question, judged, spending, clock, text=text, abstained=True, nearest=judgement.nearest)
            return
        yield (writing := Step("write", f"writing from {len(judgement.relevant)} papers, each sentence checked before it is shown"))
        if not standing.writes:
            why = f"written without the language model, {QUOTED}: {self._model.name} did not pass its exam in writing"
            yield from self._quoted(question, judged, spending, clock, why, Checks())
            return
        surveyed = told = None
        if self._confirms(standing):
            surveyed, told = yield from self._confirmed(understood, judgement.relevant, spending, writing)
        outcome = self._writer.begin(understood, judgement.relevant, spending, told=told)
        verifier = outcome.verifier
        for piece in self._writer.write(understood, judgement.relevant, outcome, spending, surveyed=surveyed):
            yield Delta(piece)
        if not verifier.order:
            why = outcome.fault or "none of the model's sentences could be verified"
            yield from self._quoted(
                question, judged, spending, clock, f"written without the language model, {QUOTED}: {why}", verifier.checks
            )
            return
        for parts in [] if standing.judges != "no" else backing(question.kind, verifier.text, judgement.relevant):
            yield Delta(verifier.own(parts, item=True))
        if note := self._lacking.unknown(question):
            yield Delta(verifier.own([note]))
        near = self._lacking.near(understood, judged)
        if near and question.kind is Kind.LIST:
            yield Delta(verifier.own([closing_line(near)]))
        clock.lap("write")
        notice = f"the model's text ended early, what is left of it is quoted from the abstracts: {outcome.fault}" if outcome.fault else ""
        shown = {"text": verifier.text, "citations": verifier.citations(), "checks": verifier.checks, "near": near}
        answer = self._answer(question, judged, spending, clock, **shown)
        yield replace(answer, notice=notice or answer.notice)

    def _confirms(self, standing: Standing) -> bool:
        """Whether the model is asked which of its sentences hold: where it was seen to judge well."""
        return self._config.llm_confirm and standing.of > 0 and standing.judges != "no"

    def _confirmed(
        self, understood: Understood, verdicts: Sequence[Verdict], spending: Spending, writing: Step
    ) -> Generator[Event, None, tuple[Survey, dict[str, bool]]]:
        """The model's text before it is shown, and which of its sentences it says the abstracts support."""
        surveyed = yield from meanwhile(writing, lambda: self._writer.survey(understood, verdicts, spending))
        if not surveyed.claims:
            return surveyed, {}
        checking = Step("check", f"asking which of {len(surveyed.claims)} sentences the abstracts do not support")
        return surveyed, (yield from meanwhile(checking, lambda: self._writer.confirmed(surveyed, verdicts, spending)))

    def _quoted(self, question: Question, judged: Judged, spending: Spending, clock: Clock, notice: str, checks: object) -> Iterator[Event]:
        """The judged papers in the extractive writer's words."""
        pieces = []
        for piece in write_extractive(question, judged.judgement):
            pieces.append(piece)
            yield Delta(piece)
        clock.lap("write")
        citations = citations_of(judged.judgement.relevant)
        answer = self._answer(question, judged, spending, clock, text="".join(pieces), citations=citations, checks=checks)
        yield replace(answer, writer="extractive", notice=notice)

    def _answer(self, question: Question, judged: Judged, spending: Spending, clock: Clock, **parts: object) -> Answer:
        judgement = judged.judgement
        coverage = Coverage(len(self._retriever.index), judgement.considered, len(judgement.relevant), len(judgement.borderline))
        unread = f"{judged.unread} of {judgement.considered} papers were judged by wording: the model's verdicts on them could not be read"
        return Answer(
            question=question.asked, writer=self._model.name, coverage=coverage, notice=unread if judged.unread else None,
            usage=Usage(spending.tokens_in, spending.tokens_out, clock.laps), filters=question.filters,
            corrected=misspelt(self._retriever.terms(question.text)), **parts,  # type: ignore[arg-type]
        )  # fmt: skip


def within(only: Sequence[str] | None, understood: Understood) -> Understood:
    """The turn kept to the papers that may answer: no reading of it goes beyond them."""
    if only is None:
        return understood
    meant = tuple(paper_id for paper_id in understood.question.within or () if paper_id in set(only))
    return replace(understood, question=replace(understood.question, within=meant or tuple(only)))


def _of_no_use(name: str, standing: Standing) -> str:
    return (
        f"answered without the language model, {QUOTED}: {name} did not pass its exam ({standing.described()}); "
        "`paperchat exam` repeats it, PAPERCHAT_LLM_TRUST=all overrides it"
    )


def _total(usage: Usage, spending: Spending, clock: Clock) -> Usage:
    """What an answer took in all: the model's calls, in vain, and then the way without it."""
    steps = {name: clock.laps.get(name, 0.0) + usage.seconds.get(name, 0.0) for name in (*clock.laps, *usage.seconds)}
    return Usage(spending.tokens_in, spending.tokens_out, steps)


def _nothing() -> Judged:
    return Judged(Judgement((), (), (), 0), {})
