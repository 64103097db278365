"""Are the papers that push known answers away wrong, or right and unknown? dev.json over a large index, newcomers judged.

    python -m tests.bench.large ABSTRACTS.jsonl.gz [--home DIR] [--unjudged FILE.json]

The abstracts are added to the papers that ship (`--home` keeps the index for the next run), the 48
ranked questions of `dev.json` are searched for, and the first ten papers are scored twice: by
`dev.json` alone, to which every newcomer is wrong, and with the grades of newcomers in
`dev_large.json`, too. A ranker that brings up others is told how many nobody has judged (they
count as wrong); `--unjudged` writes them down, to be judged and added.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from corpus import Paper, read, read_page, shipped, unique
from rag import Index, load_config
from rag.assistant import Assistant
from rag.embedding import StaticEmbedder
from rag.evaluation.evaluate import RANKED_TYPES, JudgedQuery, load_queries, ndcg

_EVAL = Path(__file__).parents[1] / "eval"
LARGE = _EVAL / "dev_large.json"
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the first ten papers of one question, 0 to 1; `judged` is the share of them that has a grade, 0 counted."""

    precision: float
    ndcg: float
    precision_dev: float
    ndcg_dev: float
    judged: float


def grades_of(path: Path) -> dict[str, dict[str, int]]:
    """Question id -> paper id -> grade, 0 included."""
    return {query["id"]: query["grades"] for query in json.loads(path.read_text("utf-8"))["queries"]}


def figures(ranking: Sequence[str], query: JudgedQuery, newcomers: dict[str, int], known: set[str]) -> Figures:
    """Scores of a ranking; of the `known` papers, those that ship, every one was judged for `dev.json`."""
    first, complete = ranking[:DEPTH], newcomers | query.relevant
    return Figures(
        precision=sum(complete.get(paper) == 2 for paper in first) / DEPTH,
        ndcg=ndcg(first, complete),
        precision_dev=sum(query.relevant.get(paper) == 2 for paper in first) / DEPTH,
        ndcg_dev=ndcg(first, query.relevant),
        judged=sum(paper in known or paper in newcomers for paper in first) / DEPTH,
    )


def _row(name: str, found: Sequence[Figures]) -> str:
    columns = ("precision", "ndcg", "precision_dev", "ndcg_dev", "judged")
    return f"| {name} | {len(found)} | " + " | ".join(f"{fmean(getattr(f, column) for f in found):.3f}" for column in columns) + " |"


def table(queries: Sequence[JudgedQuery], found: Sequence[Figures]) -> str:
    """Means by type of question, and of all, as Markdown."""
    lines = [
        "| type | questions | precision@10 of grade 2 | nDCG@10 | by dev.json alone: precision@10 | nDCG@10 | judged |",
        "|---|" + "--:|" * 6,
    ]
    for kind in RANKED_TYPES:
        lines.append(_row(kind, [f for query, f in zip(queries, found, strict=True) if query.type == kind]))
    return "\n".join([*lines, _row("all", found)])


def measured(assistant: Assistant, unjudged: Path | None = None) -> str:
    """The table of this assistant's search."""
    ships = [paper.paper_id for paper in unique(paper for page in shipped() for paper in read_page(page))]
    newcomers = grades_of(LARGE)
    queries = [q for q in load_queries(_EVAL / "dev.json", assistant.index.papers(ships)) if q.type in RANKED_TYPES]
    found, open_pairs = [], []
    for query in queries:
        papers = [hit.paper for hit in assistant.search(query.question, DEPTH)]
        grades = newcomers.get(query.query_id, {})
        found.append(figures([paper.paper_id for paper in papers], query, grades, set(ships)))
        open_pairs += [_pair(query, paper) for paper in papers if paper.paper_id not in grades and paper.paper_id not in ships]
    if unjudged:
        unjudged.write_text(json.dumps(open_pairs, indent=1, ensure_ascii=False), "utf-8")
    return (
        f"{len(assistant.index):,} papers, {DEPTH * len(queries)} places, {len(open_pairs)} taken by papers that nobody judged\n\n"
        + table(queries, found)
    )


def _pair(query: JudgedQuery, paper: Paper) -> dict[str, str]:
    return {"query": query.query_id, "question": query.question, "id": paper.paper_id, "title": paper.title, "abstract": paper.abstract}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("abstracts", type=Path)
    parser.add_argument("--home", type=Path, help="where the index is kept; a temporary folder otherwise")
    parser.add_argument("--unjudged", type=Path, help="write the pairs that nobody judged here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        config = load_config(home=asked.home or Path(temporary), llm_model=None)
        Index(config, StaticEmbedder()).sync(read(asked.abstracts))
        print(measured(Assistant(config), asked.unjudged))


if __name__ == "__main__":
    main()
