"""What the MCP tools return: the API's dataclasses, and objects around lists of them. Their schemas are declared to clients."""

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from corpus import Paper
from rag import Answer, Citation, Coverage, Filters


class Turn(TypedDict):
    """An earlier turn of the conversation; role is "user" or "assistant"."""

    role: str
    content: str


class NewPaper(TypedDict, total=False):
    """A paper to add: title and abstract are needed, the rest as far as it is known."""

    title: str
    abstract: str
    published: str | None
    authors: list[str] | None
    organisation: str | None
    url: str | None


class Result(BaseModel):
    """What a tool returns: pydantic writes its schema and its JSON."""

    model_config = ConfigDict(frozen=True)


class Near(Result):
    """A borderline paper, and what it lacks."""

    paper: Paper
    lacks: str


class Answered(Result):
    """An answer: claims in `text` carry [1], [2], each of which stands in `citations`.

    `abstained` is true where the papers do not answer; `nearest` are then the closest ones. `near`
    are borderline papers, `undated` those that a filter could not judge.
    """

    question: str
    text: str
    citations: list[Citation]
    abstained: bool
    account: str
    notice: str | None
    writer: str
    coverage: Coverage
    filters: Filters
    nearest: list[Paper]
    intent: str
    near: list[Near]
    undated: list[Paper]


class Scored(Result):
    """A paper and how well it fits; higher is better."""

    score: float
    paper: Paper


class Found(Result):
    """Papers, best first."""

    papers: list[Scored]


class Detail(Result):
    """One paper, and the held papers most similar to it."""

    paper: Paper
    similar: list[Scored]


class Topic(Result):
    """A topic: how many papers it has, and titles of some."""

    label: str
    papers: int
    titles: list[str]


class Topics(Result):
    """Topics of the papers held, largest first. Those of a large corpus are told from `sampled` of its papers."""

    held: int
    sampled: int
    topics: list[Topic]


class Added(Result):
    """What adding did, in papers, and a line for each that was refused."""

    added: int
    changed: int
    unchanged: int
    refused: list[str]


def answered(answer: Answer) -> Answered:
    """The parts of an answer that a program needs."""
    return Answered(
        question=answer.question, text=answer.text, citations=list(answer.citations), abstained=answer.abstained, account=answer.account,
        notice=answer.notice, writer=answer.writer, coverage=answer.coverage, filters=answer.filters, nearest=list(answer.nearest),
        intent=answer.intent, near=[Near(paper=paper, lacks=lacks) for paper, lacks in answer.near], undated=list(answer.undated),
    )  # fmt: skip
