"""Assistant: understand, search, judge, write, check, in this order. Holds no user's state."""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from corpus import CLEANING, Paper, read_page, shipped, unique
from rag.answer import Answer, Event
from rag.assistant.quoting import Quoting
from rag.config import Config, load_config
from rag.embedding import Embedder, as_embedder, open_embedder
from rag.errors import QuestionError
from rag.filters import Filters
from rag.index import Index, Progress, Report
from rag.relevance import JUDGED, Judge, open_reader
from rag.retrieval import Hit, PassageReader, Retriever
from rag.understanding import Kind, Message, Question, Reader, Remembered, cited_before, recent

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

    from corpus.gather import Item
    from rag.assistant.by_model import ModelAnswers
    from rag.understanding.by_model import Understood

NO_MODEL = "no language model is set: sentences are quoted from the abstracts (set PAPERCHAT_LLM_MODEL for written answers)"


def _shipped_papers() -> list[Paper]:
    return unique(paper for page in shipped() for paper in read_page(page))


def _shipped_key() -> str:
    digest = sha256()
    for page in shipped():
        digest.update(page.read_bytes())
    digest.update(CLEANING.encode())
    return digest.hexdigest()[:16]


class Assistant:
    """Answers questions from an index. One instance serves any number of users and threads.

    The first use indexes the papers that ship; `progress` hears of papers indexed then, or gone
    through in a repair. `close` it, or use it in a `with`, where a process opens many. Raises the errors of rag.errors.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        llm: "LLM | None" = None,
        embedder: "Embedder | BaseEmbedding | None" = None,
        index: Index | None = None,
        progress: Progress = lambda done: None,
    ) -> None:
        self.config = config or load_config()
        self._owns_index = index is None
        if index is None:
            index = Index(self.config, as_embedder(embedder) if embedder is not None else open_embedder(self.config), progress)
            index.seed(_shipped_key(), _shipped_papers, progress)
        self.index = index
        self.retriever = Retriever(index, PassageReader(index.encoder.static, index.lexical.terms))
        self._reader = open_reader(self.config.home / "read") if self.config.reader else None
        self._judge = Judge(self.retriever, self._reader)
        self._quoting = Quoting(self.retriever, self._judge)
        self._remembered = Remembered()
        self._llm = llm
        self._model_answers: ModelAnswers | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """Let go of files and connections; an index that was handed over stays open. Questions under way may fail, later ones do."""
        if self._owns_index:
            self.index.close()
        if self._reader:
            self._reader.close()
        if self._model_answers:
            self._model_answers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _with_model(self) -> "ModelAnswers | None":
        """The way with a model, where one is set. Opened with the first question: nothing else needs LlamaIndex, or a key."""
        if self._llm is None and not self.config.llm_model:
            return None
        with self._opening:
            if self._model_answers is None:
                from rag.assistant.by_model import ModelAnswers
                from rag.llm import Model

                model = Model(self.config, self._llm)
                self._model_answers = ModelAnswers(self.config, model, self.retriever, self._judge, self._quoting.stream, self._reread)
            return self._model_answers

    def search(
        self, question: str, k: int = 10, filters: Filters | None = None, history: Sequence[Message] = (), *, read: bool = False
    ) -> list[Hit]:
        """The k best papers for a question, best first; its wording may imply filters. Raises QuestionError.

        With `read`, the best abstracts are read before they are ranked, as for an answer: better, and some tenths of a second slower.
        """
        if not isinstance(k, int) or k < 0:
            raise QuestionError(f"k is {str(k)[:40]!r}; write a whole number from 0")
        history = recent(history)
        asked = self._understood(question, history, filters)
        text = asked.text if asked.intent == "papers" else question
        passing = (filters or Filters()).over(asked.filters)  # those set by hand hold, whatever the wording is taken for
        hits = self.retriever.search(text, max(k, JUDGED), passing, asked.within, asked.context)
        hits = [hit for hit in self._quoting.find.kept(asked, hits) if hit.paper.paper_id not in asked.without]
        return self._judge.ranked(text, hits, asked.context, read=read)[:k]

    def query(
        self, question: str, history: Sequence[Message] = (), filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Answer:
        """The answer to a question, given the conversation so far; `within` are ids of the only papers that may answer."""
        answer = None
        for event in self.stream(question, history, filters, within):
            if isinstance(event, Answer):
                answer = event
        assert answer is not None, "a stream ends with its answer"
        return answer

    async def aquery(
        self, question: str, history: Sequence[Message] = (), filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Answer:
        """Like `query`, without blocking the event loop."""
        return await asyncio.to_thread(self.query, question, history, filters, within)

    def stream(
        self, question: str, history: Sequence[Message] = (), filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Iterator[Event]:
        """Steps and checked pieces of text as they come, and the whole Answer last."""
        history = recent([*self._told_of(within), *history] if within else history)
        understood = self._understood(question, history, filters)
        if within is not None:
            meant = tuple(paper_id for paper_id in understood.within or () if paper_id in set(within))
            understood = replace(understood, within=meant or tuple(within))
        with_model = self._with_model()
        if with_model is None:
            yield from self._quoting.stream(understood, NO_MODEL)
        elif understood.intent != "papers" or understood.kind is Kind.METADATA:
            # Small talk, facts of the collection and listings are exact: there is nothing to judge or to write.
            yield from self._quoting.stream(understood, None)
        else:
            yield from with_model.stream(understood, history, lambda: cited_before(history, self.index.lexical), filters, within)

    def _told_of(self, within: Sequence[str]) -> list[Message]:
        """A conversation that begins with these papers, so that "it" and "they" are known to mean them."""
        papers = self.index.papers(within)
        listed = "\n".join(f"- **{paper.title}** [{number}]" for number, paper in enumerate(papers, 1))
        cited = [paper.paper_id for paper in papers]
        return [{"role": "user", "content": "these papers"}, {"role": "assistant", "content": listed, "citations": cited}]

    def _understood(self, question: str, history: Sequence[Message], filters: Filters | None, told: str = "") -> Question:
        reader = Reader(self.index.lexical, self._remembered)
        return reader.read(question, history, filters, told)

    def _reread(self, rules: Question, history: Sequence[Message], understood: "Understood") -> Question:
        """A turn once more, whose intent a model told."""
        return self._understood(rules.asked, history, understood.question.filters, understood.intent)

    def add(self, papers: "Iterable[Item]", progress: Progress = lambda done: None) -> Report:
        """Add papers, update changed ones, leave the rest; a text or Path is a file or folder, a text also an arXiv id or DOI.

        What could not be read is in the report's `failed`, a line each. Raises IndexBusy.
        """
        from corpus.gather import gather

        failed: list[str] = []
        report = self.index.sync(gather(papers, lambda error: failed.append(str(error)), self.config.sites()), progress)
        return replace(report, failed=tuple(failed))


@lru_cache(maxsize=4)
def _opened(config: Config) -> Assistant:
    return Assistant(config)


def default_assistant() -> Assistant:
    """The assistant of the environment's settings, opened once for each distinct settings."""
    return _opened(load_config())
