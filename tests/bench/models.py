"""Answers with real language models, and without one, over the same questions: one table from one run.

    python -m tests.bench.models --first 6 none qwen-1.5b=http://127.0.0.1:8011/v1 [--peer qwen-1.5b=http://...]

Each model is an OpenAI-compatible endpoint (the README beside the tests says how three small ones are put
together). `--peer` adds a LlamaIndex CitationQueryEngine over the same papers and embedder with that model.
Printed are set F1, answers where none was due and abstentions where an answer was, facts, seconds, tokens.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

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


Ask = Callable[[JudgedQuery], tuple[str, list[str], bool, int]]
"""A question -> text, ids cited, whether it abstained, prompt tokens."""


def chosen(assistant: Assistant, first: int) -> list[JudgedQuery]:
    papers = list(assistant.index.all_papers())
    held = {f"{name}:{q.query_id}": q for name in ("dev", "more_c") for q in load_queries(EVAL / f"{name}.json", papers)}
    return [held[key] for key in QUESTIONS[:first]]


def paperchat(assistant: Assistant) -> Ask:
    def ask(query: JudgedQuery) -> tuple[str, list[str], bool, int]:
        answer = assistant.query(query.question, query.history)
        return answer.text, [c.paper.paper_id for c in answer.citations], answer.abstained, answer.usage.tokens_in

    return ask


def citation_engine(assistant: Assistant, model: str, url: str) -> Ask:
    """LlamaIndex's own engine with citations, over our papers and embedder, as its documentation sets it up."""
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
    from llama_index.core.query_engine import CitationQueryEngine
    from llama_index.core.schema import TextNode
    from llama_index.llms.openai_like import OpenAILike

    from rag import PaperEmbedding

    counter = TokenCountingHandler(tokenizer=lambda text: text.split())
    llm = OpenAILike(model=model, api_base=url, api_key="none", is_chat_model=True, context_window=16_384, max_tokens=512, timeout=300,
                     max_retries=0, callback_manager=CallbackManager([counter]))  # fmt: skip
    nodes = [TextNode(text=f"{p.title}\n{p.abstract}", id_=p.paper_id) for p in assistant.index.all_papers()]
    index = VectorStoreIndex(nodes, embed_model=PaperEmbedding(), storage_context=StorageContext.from_defaults())
    engine = CitationQueryEngine.from_args(index, llm=llm, similarity_top_k=5, citation_chunk_size=2_048)

    def ask(query: JudgedQuery) -> tuple[str, list[str], bool, int]:
        counter.reset_counts()
        response = engine.query(query.question)
        text, sources = str(response), response.source_nodes
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", text)}
        cited = [sources[n - 1].node.ref_doc_id or sources[n - 1].node.node_id for n in sorted(numbers) if 1 <= n <= len(sources)]
        ask.sources = len(sources)  # type: ignore[attr-defined]
        return text, cited, not cited, counter.prompt_llm_token_count

    return ask


def asked(ask: Ask, query: JudgedQuery) -> Row:
    begun = time.perf_counter()
    text, cited, abstained, tokens = ask(query)
    seconds = time.perf_counter() - begun
    markers = [int(n) for n in re.findall(r"\[(\d+)\]", text)]
    sources = getattr(ask, "sources", len(cited))
    facts = fmean(float(fact.lower() in text.lower()) for fact in query.answer_facts) if query.answer_facts else None
    answerable = bool(query.wanted)
    f1 = set_scores(cited, query)[0] if answerable else None
    return Row(f1, abstained, answerable, facts, seconds, tokens, sum(not 1 <= n <= sources for n in markers), len(markers))


def line(name: str, rows: Sequence[Row]) -> str:
    f1, facts = [r.f1 for r in rows if r.f1 is not None], [r.facts for r in rows if r.facts is not None]
    wrong = sum(r.abstained for r in rows if r.answerable)
    due = [r for r in rows if not r.answerable]
    cells = (
        name, len(rows), f"{fmean(f1):.2f}", f"{wrong} of {len(rows) - len(due)}", f"{sum(r.abstained for r in due)} of {len(due)}",
        f"{fmean(facts):.2f}" if facts else "", f"{fmean(r.seconds for r in rows):.1f}", f"{fmean(r.tokens for r in rows):,.0f}",
        f"{sum(r.invented for r in rows)} of {sum(r.markers for r in rows)}",
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("models", nargs="+", help="none, or NAME=URL")
    parser.add_argument("--first", type=int, default=len(QUESTIONS), help="questions, from the first")
    parser.add_argument("--peer", help="NAME=URL of the model for LlamaIndex's engine")
    given = parser.parse_args()
    plain = Assistant(load_config(home=Path(tempfile.mkdtemp())))
    queries = chosen(plain, given.first)
    print("| with | questions | set F1 | abstained, wrongly | abstained, rightly | facts | seconds | prompt tokens | invented markers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for entry in given.models:
        name, _, url = entry.partition("=")
        reader = plain
        if url:
            config = plain.config.model_copy(
                update={"llm_model": name, "openai_base_url": url, "cache": False, "llm_answer_timeout": 120.0}
            )
            reader = Assistant(config, index=plain.index)
            found = reader._with_model()
            assert found is not None
            print(f"{name}: {found.examiner.standing().described()}", file=sys.stderr, flush=True)
        print(line(name, [asked(paperchat(reader), query) for query in queries]), flush=True)
    if given.peer:
        name, _, url = given.peer.partition("=")
        engine = citation_engine(plain, name, url)
        print(line(f"CitationQueryEngine, {name}", [asked(engine, query) for query in queries]), flush=True)


if __name__ == "__main__":
    main()
