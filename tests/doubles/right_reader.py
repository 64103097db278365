"""A model that reads rightly: it understands and judges the turns of tests/eval/conversations.json as their judge does.

It stands for a strong model, so that what is measured is the product around one: it answers the real
prompts over the real client, knows nothing but what a prompt asks it, and which turn is being asked.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from corpus import title_key
from rag import Answer
from tests.doubles.conversations import cited
from tests.doubles.openai import Request
from tests.doubles.scripted import listed, papers_in, step

STANDALONE: dict[str, str] = {
    "d12.2": "Which papers quantise multimodal models?",
    "d13.1": "papers on quantising language models that appeared before 2024",
    "d19.1": "Which papers make diffusion language models decode faster without training?",
    "d19.2": "How much faster does Fast-dLLM v2 decode?",
    "d20.1": "the abstract of the second paper on federated learning with large models",
    "d20.3": "a table of the two papers on federated learning with large models that were compared",
    "d21.1": "papers from 2025 that throw away or merge visual tokens to make multimodal LLMs cheaper",
    "d21.2": "papers on spoken input or output for language models",
    "d22.1": "distilling speech models, or a language model into a speech model",
    "d22.2": "distilling a vision-language model into a small one whose tokenizer differs from the teacher's",
    "d23.1": "predicting where a person goes next",
    "d24.1": "How many parameters does the largest version of TransNormerLLM have?",
    "d24.2": "What kind of attention does TransNormerLLM use?",
    "d25.1": "why the first paper on hallucination was listed",
    "d25.2": "the first paper on hallucination, in short",
    "d26.1": "further papers that merge or fuse several LLMs into one",
    "d26.2": "merging a vision model with a reasoning model",
    "d27.1": "which papers compress the context or the prompt before the model reads it?",
    "d27.2": "compressed contexts that speed up retrieval-augmented generation",
    "d28.1": "self-speculative decoding, without a separate draft model",
    "d29.1": "quantisation compared with pruning: which is better?",
    "d31.0": "which papers merge several LoRA modules into one?",
    "d31.1": "the second paper on merging LoRA modules, in short",
    "d32.0": "papers on graph neural networks",
    "d32.1": "graph neural networks that use large language models",
    "d33.0": "papers that detect whether a text or code was written by an AI",
    "d33.1": "detecting which AI wrote a C program",
    "d34.0": "papers on spiking neural networks",
    "d35.0": "papers about quantization of diffusion language models",
    "d37.1": "the paper on LLM-Pruner by Ma and others",
}
"""What turns mean without the conversation, in English, spelt rightly: as a strong model put them in a reply."""

AMONG = frozenset({"d19.1", "d26.2", "d27.2", "d32.1", "d33.1"})
"""Turns about some of the papers of the last answer, which only their abstracts tell."""

_SENTENCE = re.compile(r"(?<=[a-z0-9)][.!?]) ")


class RightReader:
    """Understands and judges the turn that `turns` says is being asked."""

    def __init__(self) -> None:
        self.turn: Mapping[str, Any] = {}
        self.answers: Sequence[Answer] = ()
        self.name = self.kind = ""

    def turns(self, name: str, kind: str, turn: Mapping[str, Any], answers: Sequence[Answer]) -> None:
        """From now on this turn is asked; `answers` are those before it."""
        self.name, self.kind, self.turn, self.answers = name, kind, turn, answers

    def __call__(self, request: Request) -> str:
        match step(request):
            case "understand":
                return json.dumps(self._understood())
            case "judge":
                verdicts = (self._verdict(paper) for paper in papers_in(request))
                return json.dumps({"verdicts": [verdict for verdict in verdicts if verdict]})
            case "repair":
                return json.dumps({"sentence": ""})
            case "check":
                return json.dumps({"unsupported": []})
            case _:
                return self._written(papers_in(request))

    def _understood(self) -> dict[str, Any]:
        turn = self.turn
        intent = "outside" if self.kind == "outside" else turn["intent"]
        found: dict[str, Any] = {"intent": intent, "previous": False, "others": "others_than" in turn}
        if text := self._standalone():
            found["question"] = text
        for name in ("since", "until", "organisation") if "filters" in turn else ():
            found[name] = (turn["filters"] or {}).get(name)
        meant, last = self._meant(), cited(self.answers[-1]) if self.answers else []
        if self.name in AMONG or (meant and set(meant) <= set(last)):
            found |= {"previous": True, "about": [last.index(title) + 1 for title in meant]}
        return found

    def _standalone(self) -> str:
        """The question on its own; papers of an earlier answer than the last are named by their titles."""
        meant = self._meant()
        if meant and not set(meant) <= set(cited(self.answers[-1])):
            titles = {title_key(c.paper.title): c.paper.title for answer in self.answers for c in answer.citations}
            return f"{self.turn['user']}: {' and '.join(f'“{titles[title]}”' for title in meant)}"
        return STANDALONE.get(self.name, "")

    def _meant(self) -> list[str]:
        """Title keys of the papers told of that the turn means."""
        if "refers_to" not in self.turn:
            return []
        number, places = self.turn["refers_to"]
        before = cited(self.answers[number])
        return before if places == "all" else [before[place if place < 0 else place - 1] for place in places]

    def _verdict(self, paper: Mapping[str, Any]) -> dict[str, Any] | None:
        title, meant = title_key(paper["title"]), self._meant()
        grade = 2 * (title in meant) if meant else self.turn.get("relevant", {}).get(title, 0)
        if not grade:
            return None
        verdict = "relevant" if grade == 2 else "partly"
        return {"id": paper["id"], "verdict": verdict, "quote": self._quote(paper["abstract"]), "missing": ""}

    def _quote(self, abstract: str) -> str:
        """The sentence that says what the turn asks for."""
        wanted = [entry.lower().split(" || ") for entry in self.turn.get("must_contain", ())]
        holds = lambda sentence: sum(any(one in sentence.lower() for one in entry) for entry in wanted)  # noqa: E731
        return max(_SENTENCE.split(abstract), key=holds)

    def _written(self, papers: Sequence[Mapping[str, Any]]) -> str:
        if "|" in self.turn.get("must_contain", ()):
            rows = [f"| **{paper['title']}** [{paper['n']}] | {paper['quote']} [{paper['n']}] |" for paper in papers]
            return "\n".join(["| paper | what it does |", "|---|---|", *rows])
        return listed(papers)
