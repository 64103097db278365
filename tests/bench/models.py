"""Answers with real language models, and without one, over the same questions, as one table.

    python -m tests.bench.models --first 6 none qwen-1.5b=http://127.0.0.1:8011/v1 [--peer qwen-1.5b=http://...]

Each model is an OpenAI-compatible endpoint (the README beside the tests says how three small ones are put
together). `--peer` adds a LlamaIndex CitationQueryEngine over the same papers and embedder with that model.
Printed are set F1, answers where none was due and abstentions where an answer was, facts, seconds, tokens.

Small models take minutes a question: with `--keep FILE` every result is written there at once, and what is there
already is not asked again. Models may be asked by several runs at a time; `--print` prints what is done so far.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median

from rag import Assistant, load_config
from rag.evaluation.evaluate import JudgedQuery, load_queries, set_scores

EVAL = Path(__file__).parents[1] / "eval"
QUESTIONS = (
    "dev:d43 dev:d26 more_c:c056 dev:d01 more_c:c044 dev:d31 dev:d58 more_c:c031 dev:d46 dev:d05 "
    "more_c:c001 dev:d38 dev:d07 more_c:c037 dev:d44 dev:d53 more_c:c066 dev:d28 dev:d21 dev:d49"
).split()
"""File and id; mixed, so that the first few are of every type."""


@dataclass(frozen=True)
class Row:
    """What came of one question."""

    f1: float | None
    abstained: bool
    answerable: bool
    facts: float | None
    seconds: float
    tokens: int
    invented: int = 0
    markers: int = 0
    own: bool = False
    """Whether the model wrote the text, or the papers are quoted."""
    fault: str = ""
    text: str = ""


_DECLINED = re.compile(
    r"none of the (?:provided |given )?sources|no (?:source|information|mention)|(?:not|n't) (?:mention|provide|contain|say)", re.I
)
"""How an engine without a verdict of its own says that the sources do not answer, as its prompt asks of it."""

Told = tuple[str, list[str], bool, int, bool, str]
"""Text, ids cited, whether it abstained, prompt tokens, whether the model wrote it, what there was to note."""

Ask = Callable[[JudgedQuery], Told]


def chosen(assistant: Assistant, first: int) -> dict[str, JudgedQuery]:
    papers = list(assistant.index.all_papers())
    held = {f"{name}:{q.query_id}": q for name in ("dev", "more_c") for q in load_queries(EVAL / f"{name}.json", papers)}
    return {key: held[key] for key in QUESTIONS[:first]}


class Kept:
    """Results by what was asked with, and by question; in a file, so that nothing is lost."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.rows: dict[str, dict[str, Row]] = {}
        if path and path.exists():
            for line_ in path.read_text("utf-8").splitlines():
                held = json.loads(line_)
                name, key = held.pop("with"), held.pop("question")
                self.rows.setdefault(name, {})[key] = Row(**held)

    def has(self, name: str, key: str) -> bool:
        return key in self.rows.get(name, {})

    def add(self, name: str, key: str, row: Row) -> None:
        self.rows.setdefault(name, {})[key] = row
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"with": name, "question": key, **asdict(row)}) + "\n")


def paperchat(assistant: Assistant) -> Ask:
    def ask(query: JudgedQuery) -> Told:
        answer = assistant.query(query.question, query.history)
        own = answer.writer == assistant.config.llm_model and not answer.abstained
        cited = [c.paper.paper_id for c in answer.citations]
        return answer.text, cited, answer.abstained, answer.usage.tokens_in, own, answer.notice or ""

    return ask


def citation_engine(assistant: Assistant, model: str, url: str) -> Ask:
    """LlamaIndex's own engine with citations, over our papers and embedder, as its documentation sets it up."""
    import httpx
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.query_engine import CitationQueryEngine
    from llama_index.core.schema import TextNode
    from llama_index.llms.openai_like import OpenAILike

    from rag import PaperEmbedding

    tokens: list[int] = []

    def counted(response: httpx.Response) -> None:
        response.read()
        tokens.append(response.json().get("usage", {}).get("prompt_tokens", 0))

    http = httpx.Client(timeout=900, event_hooks={"response": [counted]})
    llm = OpenAILike(model=model, api_base=url, api_key="none", is_chat_model=True, context_window=16_384, max_tokens=512, timeout=900,
                     max_retries=0, http_client=http)  # fmt: skip
    nodes = [
        TextNode(text=f"{p.title}\n{p.abstract}", metadata={"paper": p.paper_id},
                 excluded_embed_metadata_keys=["paper"])
        for p in assistant.index.all_papers()
    ]  # fmt: skip
    index = VectorStoreIndex(nodes, embed_model=PaperEmbedding(), storage_context=StorageContext.from_defaults())
    engine = CitationQueryEngine.from_args(index, llm=llm, similarity_top_k=5, citation_chunk_size=2_048)

    def ask(query: JudgedQuery) -> Told:
        tokens.clear()
        try:
            response = engine.query(query.question)
        except Exception as error:  # a peer's fault is a result, too
            ask.sources = 0  # type: ignore[attr-defined]
            return "", [], True, sum(tokens), False, f"{type(error).__name__}: {error}"[:200]
        text, sources = str(response), response.source_nodes
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", text)}
        cited = [str(sources[n - 1].node.metadata["paper"]) for n in sorted(numbers) if 1 <= n <= len(sources)]
        ask.sources = len(sources)  # type: ignore[attr-defined]
        return text, cited, not text.strip() or bool(_DECLINED.search(text)), sum(tokens), True, ""

    return ask


def asked(ask: Ask, query: JudgedQuery) -> Row:
    begun = time.perf_counter()
    text, cited, abstained, tokens, own, fault = ask(query)
    seconds = time.perf_counter() - begun
    markers = [int(n) for n in re.findall(r"\[(\d+)\]", text)]
    sources = getattr(ask, "sources", len(cited))
    facts = fmean(float(fact.lower() in text.lower()) for fact in query.answer_facts) if query.answer_facts else None
    answerable = bool(query.wanted)
    f1 = set_scores(cited, query)[0] if answerable else None
    return Row(
        f1, abstained, answerable, facts, seconds, tokens, sum(not 1 <= n <= sources for n in markers), len(markers), own, fault, text
    )


HEAD = (
    "| with | questions | set F1 | without a model, the same questions | abstained, wrongly | abstained, rightly | facts | own text "
    "| seconds (median) | prompt tokens | invented markers |"
)


def line(name: str, rows: Sequence[Row], alone: Sequence[Row]) -> str:
    """A row of the table; `alone` are the rows of the same questions without a model."""
    facts = [r.facts for r in rows if r.facts is not None]
    wrong = sum(r.abstained for r in rows if r.answerable)
    due = [r for r in rows if not r.answerable]
    cells = (
        name, len(rows), _f1(rows), _f1(alone) if len(alone) == len(rows) else "",
        f"{wrong} of {len(rows) - len(due)}", f"{sum(r.abstained for r in due)} of {len(due)}",
        f"{fmean(facts):.2f}" if facts else "", sum(r.own for r in rows), f"{median(r.seconds for r in rows):.1f}",
        f"{fmean(r.tokens for r in rows):,.0f}", f"{sum(r.invented for r in rows)} of {sum(r.markers for r in rows)}",
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _f1(rows: Sequence[Row]) -> str:
    return f"{fmean(r.f1 for r in rows if r.f1 is not None):.2f}"


def table(kept: Kept, first: int) -> str:
    """What is done of the first questions."""
    lines = [HEAD, "|---" * HEAD.count(" |") + "|"]
    for name, rows in kept.rows.items():
        keys = [key for key in QUESTIONS[:first] if key in rows]
        alone = [kept.rows["none"][key] for key in keys if kept.has("none", key)]
        lines.append(line(name, [rows[key] for key in keys], alone))
    return "\n".join(lines)


def with_model(plain: Assistant, name: str, url: str, seconds: float) -> Assistant:
    """The assistant with a model; says what its exam found."""
    config = plain.config.model_copy(
        update={"llm_model": name, "openai_base_url": url, "cache": False, "llm_answer_timeout": seconds, "llm_timeout": seconds}
    )
    reader = Assistant(config, index=plain.index)
    found = reader._with_model()
    assert found is not None
    print(f"{name}: {found.examiner.standing().described()}", file=sys.stderr, flush=True)
    return reader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("models", nargs="*", help="none, or NAME=URL")
    parser.add_argument("--first", type=int, default=len(QUESTIONS), help="questions, from the first")
    parser.add_argument("--peer", help="NAME=URL of the model for LlamaIndex's engine")
    parser.add_argument("--keep", type=Path, help="file of results; what it holds is not asked again")
    parser.add_argument("--home", type=Path, help="data folder, which keeps the models' exams; default: a new one")
    parser.add_argument("--seconds", type=float, default=120.0, help="that an answer may take on a machine that is not slow")
    parser.add_argument("--print", action="store_true", help="print what is done, ask nothing")
    given = parser.parse_args()
    kept = Kept(given.keep)
    if not given.print:
        plain = Assistant(load_config(home=given.home or Path(tempfile.mkdtemp())))
        queries = chosen(plain, given.first)
        for entry in [*given.models, *([f"CitationQueryEngine, {given.peer}"] if given.peer else [])]:
            name, _, url = entry.partition("=")
            left = {key: query for key, query in queries.items() if not kept.has(name, key)}
            if not left:
                continue
            if name.startswith("CitationQueryEngine"):
                ask = citation_engine(plain, name.rpartition(" ")[2], url)
            else:
                ask = paperchat(with_model(plain, name, url, given.seconds) if url else plain)
            for key, query in left.items():
                row = asked(ask, query)
                kept.add(name, key, row)
                print(f"{name} {key}: set F1 {row.f1}, {row.seconds:.0f} s; load {os.getloadavg()[0]:.0f}", file=sys.stderr, flush=True)
    print(table(kept, given.first))


if __name__ == "__main__":
    main()
