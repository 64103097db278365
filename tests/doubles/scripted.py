"""Scripted language models: what the loopback server answers, by what the prompts hold."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpus import title_key
from rag import Answer, Assistant, Message, load_config
from rag.verification import markers
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request

Grade = Callable[[str, str], int]
"""(question, title) -> 2 relevant, 1 partly, 0 not."""


def step(request: Request) -> str:
    """Which step asks: `understand`, `judge`, `repair`, `check` or `write`."""
    beginnings = {"You prepare": "understand", "You judge": "judge", "You correct": "repair", "You check": "check", "You write": "write"}
    return next(name for start, name in beginnings.items() if request.system.startswith(start))


def papers_in(request: Request) -> list[dict[str, Any]]:
    """The papers of a prompt, as the model reads them."""
    return [json.loads(line) for line in request.user.splitlines() if line.startswith('{"id"') or line.startswith('{"n"')]


def sentences_in(request: Request) -> dict[int, str]:
    """The sentences that a model is asked to check, by number."""
    block = request.user.partition("<sentences>\n")[2].partition("\n</sentences>")[0]
    return {int(number): text for number, text in re.findall(r"^(\d+)\. (.*)$", block, re.MULTILINE)}


def question_in(request: Request) -> str:
    found = re.search(r"<question>\n(.*?)\n</question>", request.user, re.DOTALL)
    return found[1] if found else ""


def first_sentence(abstract: str) -> str:
    """A passage of an abstract that a judge may quote."""
    return re.split(r"(?<=[a-z0-9)][.!?]) ", abstract)[0]


class ScriptedModel:
    """A model that understands nothing, judges by `grade`, and writes each paper's quote with its marker.

    `writing` replaces the written answer: it gets the papers of the writing prompt. `doubts` tells
    the sentences that no abstract supports.
    """

    def __init__(
        self,
        grade: Grade = lambda question, title: 2,
        writing: Callable[[Sequence[Mapping[str, Any]]], str] | None = None,
        understanding: Mapping[str, Any] | None = None,
        repairing: str = "",
        doubts: Callable[[str], bool] = lambda sentence: False,
    ) -> None:
        self.doubts = doubts
        self.grade, self.writing, self.understanding, self.repairing = grade, writing, understanding or {}, repairing

    def __call__(self, request: Request) -> str:
        match step(request):
            case "understand":
                return json.dumps(self.understanding)
            case "judge":
                return json.dumps({"verdicts": [v for paper in papers_in(request) if (v := self._verdict(request, paper))]})
            case "repair":
                return json.dumps({"sentence": self.repairing})
            case "check":
                doubted = [n for n, sentence in sentences_in(request).items() if self.doubts(sentence)]
                return json.dumps({"unsupported": doubted})
            case _:
                papers = papers_in(request)
                return self.writing(papers) if self.writing else listed(papers)

    def _verdict(self, request: Request, paper: Mapping[str, Any]) -> dict[str, Any] | None:
        grade = self.grade(question_in(request), paper["title"])
        if not grade:
            return None
        quote = first_sentence(paper["abstract"])
        return {"id": paper["id"], "verdict": "relevant" if grade == 2 else "partly", "quote": quote, "missing": ""}


def listed(papers: Sequence[Mapping[str, Any]]) -> str:
    """A list as a good model writes it: every paper with its quote."""
    return "\n".join(f"- **{paper['title']}**: {paper['quote']} [{paper['n']}]" for paper in papers)


def graded(relevant: Mapping[str, int]) -> Grade:
    """A judge that knows the grades of one question, by title key."""
    return lambda question, title: relevant.get(title_key(title), 0)


def with_model(assistant: Assistant, server: FakeOpenAI, **settings: Any) -> Assistant:
    """An assistant over the same index whose model is the server's; without retries and cache unless told."""
    given = {"llm_model": MODEL, "openai_base_url": server.url, "llm_retries": 0, "llm_trust": "all", "cache": False, **settings}
    return Assistant(load_config(**given), index=assistant.index)


ASKED = "which papers speed up dLLM decoding?"
WANTED = ("Learning to Parallel", "LocalLeap", "Free Draft", "Fast-dLLM", "dLLM")


def grade(question: str, title: str) -> int:
    """A judge of ASKED: the papers on diffusion language models answer."""
    return 2 if any(part.lower() in title.lower() for part in WANTED) else 0


SPECULATIVE = "which papers do speculative decoding?"


def titled(*parts: str) -> Any:
    """Grades for a scripted judge: 2 where a title holds one of these parts, else 0."""
    return lambda question, title: 2 if any(part.lower() in title.lower() for part in parts) else 0


def steps(server: FakeOpenAI) -> list[str]:
    """The steps that a server was asked for, in order."""
    return [step(request) for request in server.chats]


def talked(answer: Answer, question: str = SPECULATIVE) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]


def at(name: str, reply: "Reply | str", server: FakeOpenAI) -> None:
    """Let the server answer the calls of one step with this, and all others well."""
    good = ScriptedModel(grade)
    server.handler = lambda request: reply if step(request) == name else good(request)


def sound(answer: Answer) -> bool:
    """Whether an answer holds what every answer must: markers with citations, exact quotes, text that was cited."""
    quoted = all(citation.quote and citation.quote in citation.paper.abstract for citation in answer.citations)
    return bool(answer.text) and quoted and set(markers(answer.text)) == {citation.number for citation in answer.citations}
