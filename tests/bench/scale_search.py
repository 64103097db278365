"""The searching half of the scale bench: latencies, recall, memory, and what distractors cost."""

import resource
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import numpy as np

from rag import Filters, load_config
from rag.assistant import Assistant
from rag.evaluation.evaluate import RANKED_TYPES, evaluate_search, load_queries
from rag.retrieval.retriever import CANDIDATES

Figures = dict[str, float]
_DEV = Path(__file__).parents[1] / "eval" / "dev.json"
_UNSEEN = 240


def _latencies(calls: dict[str, list[Callable[[], object]]]) -> Figures:
    """Milliseconds, p50 and p95 of each kind of call; the kinds take turns, so that none has the processor's caches to itself."""
    times = {name: list[float]() for name in calls}
    for turn in zip_longest(*calls.values()):
        for name, call in zip(calls, turn, strict=True):
            if call:
                began = time.perf_counter()
                call()
                times[name].append((time.perf_counter() - began) * 1e3)
    return {f"{name}_p{at}": float(np.percentile(times[name], at)) for name in times for at in (50, 95)}


def _unseen(assistant: Assistant) -> list[str]:
    """Questions about papers all over the index, no two alike: a warm process meets each for the first time."""
    ids = sorted(assistant.index.lexical.ids())
    chosen = ids[:: max(1, len(ids) // _UNSEEN)][:_UNSEEN]
    return [f"which papers study {paper.title}" for paper in assistant.index.papers(chosen)]


def _recall(assistant: Assistant, depth: int = 50, queries: int = 200) -> float:
    """Share of the exactly nearest papers that Chroma's HNSW search finds, for titles of the papers held."""
    index = assistant.index
    papers = list(index.all_papers())
    ids = [paper.paper_id for paper in papers]
    vectors = np.concatenate([np.stack(list(index.vectors(ids[at : at + 2_000]).values())) for at in range(0, len(ids), 2_000)])
    held = [i for at in range(0, len(ids), 2_000) for i in index.vectors(ids[at : at + 2_000])]
    shares = []
    for paper in papers[:: max(1, len(papers) // queries)]:
        query = index.embedder.encode_query(paper.title)
        exact = {held[i] for i in np.argpartition(-(vectors @ query), depth)[:depth]}
        shares.append(len(exact & {i for i, _ in index.nearest(query, depth)}) / depth)
    return float(np.mean(shares))


def search(abstracts: Path, home: Path, count: int) -> Figures:
    """Latencies of a search and of its floors over the index in `home`, with the shipped papers added; the rest, too."""
    assistant = Assistant(load_config(home=home))
    index = assistant.index
    queries = [query for query in load_queries(_DEV, index.all_papers()) if query.type in RANKED_TYPES]
    asked, unseen = [query.question for query in queries], _unseen(assistant)
    warm, first, second, third = unseen[:60], unseen[60:120], unseen[120:180], unseen[180:]
    vectors = [index.embedder.encode_query(question) for question in third]
    terms = [[(term, 1.0) for term in index.lexical.terms(question)] for question in third]
    depth = min(CANDIDATES, len(index))  # as many as a search asks each side for
    filters = Filters(since="2025")
    for question in [*warm, *asked]:
        assistant.search(question, 10)
        assistant.search(question, 10, filters)
    figures: Figures = {"papers": len(index)} | _latencies({
        "search": [lambda q=q: assistant.search(q, 10) for q in first],  # type: ignore[misc]
        "filtered": [lambda q=q: assistant.search(q, 10, filters) for q in second],  # type: ignore[misc]
        "again": [lambda q=q: assistant.search(q, 10) for q in asked],  # type: ignore[misc]
        "answer": [lambda q=q: assistant.query(q) for q in asked],  # type: ignore[misc]
        "chroma": [lambda v=v: index.nearest(v, depth) for v in vectors],  # type: ignore[misc]
        "tantivy": [lambda t=t: index.lexical.search(t, depth) for t in terms],  # type: ignore[misc]
    })  # fmt: skip
    figures["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    ranked = evaluate_search(queries, lambda query: [hit.paper.paper_id for hit in assistant.search(query.question, 20)])
    figures["ndcg"], figures["recall20"] = ranked.by_type["all"].ndcg or 0.0, ranked.by_type["all"].recall or 0.0
    figures["recall50"] = _recall(assistant)
    return figures


def rows(found: dict[str, Figures]) -> list[tuple[str, str, str]]:
    """Rows of the table, for the sizes by name: smallest first."""
    table = []
    for name, f in found.items():
        bare = f["chroma_p50"] + f["tantivy_p50"]
        table.append((f"warm search, {name} ({f['papers']:,.0f} papers), p50 / p95, question asked before",
                      f"{f['again_p50']:.1f} / {f['again_p95']:.1f} ms; Chroma + tantivy bare {f['chroma_p50']:.1f} + {f['tantivy_p50']:.1f}: "
                      f"{f['again_p50'] / bare:.1f} times", "within 2 times"))  # fmt: skip
        table.append((f"the same, {name}, question not met before", f"{f['search_p50']:.1f} / {f['search_p95']:.1f} ms: "
                      f"{f['search_p50'] / bare:.1f} times", "within 2 times"))  # fmt: skip
        table.append((f"the same, filtered by date, {name}", f"{f['filtered_p50']:.1f} / {f['filtered_p95']:.1f} ms: p95 "
                      f"{f['filtered_p95'] / f['search_p95']:.1f} times unfiltered", "p95 under 4 times"))  # fmt: skip
        table.append((f"a whole extractive answer, {name}", f"{f['answer_p50']:.1f} / {f['answer_p95']:.1f} ms", "stated"))
        table.append((f"recall@50 of HNSW against exact, {name}", f"{f['recall50']:.4f}", "at least .98"))
        table.append((f"dev nDCG@10 / recall@20, {name}", f"{f['ndcg']:.3f} / {f['recall20']:.3f}", "reported"))
    few, many = list(found.values())[-2:]
    table.append(
        (
            "time a query, second size -> last",
            f"{many['search_p50'] / few['search_p50']:.2f} times (asked before: {many['again_p50'] / few['again_p50']:.2f})",
            "at most 2 times",
        )
    )
    table.append(("peak memory, serving the last", f"{many['peak_gb']:.2f} GB", "under 1.5 GB"))
    return table
