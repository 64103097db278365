"""Trains how the embedding that ships reads a question: near the papers that answer it, while papers are embedded as before.

    python -m rag.evaluation.train_questions tests/eval/clusters_later.jsonl.gz tests/eval/clusters_last.jsonl.gz \\
        tests/eval/clusters_shipped.jsonl.gz

writes `questions.npz` to rag/embedding/weights, or to --out; it takes some two minutes of one core, and torch. The
clusters that the judge's models are fitted on must take no part, or those would trust what is learnt here too much.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import QUESTIONS, REPEATS, StaticTable
from rag.embedding.training import imported, shown
from rag.evaluation.clusters import Cluster, load_clusters
from rag.text import folded, search_words

WEIGHTS = Path(__file__).parents[1] / "embedding" / "weights"
AIMS = 16
"""Directions that a token may point to besides its own."""

EPOCHS, BATCH, RATE, TEMPERATURE = 4, 256, 1e-3, 0.05
FORGOTTEN, TITLES, TITLES_SHARE, TITLE_FORGOTTEN = 0.1, 128, 0.3, 0.3
"""Share of a question's tokens left out; titles a step, to find their own papers by, their share of the loss, tokens left out of them."""


@dataclass(frozen=True, eq=False, slots=True)
class _Questions:
    """Texts as different tokens and their counts, and of each the rows of the papers that answer, wholly and in part."""

    tokens: list[tuple[NDArray[np.int64], NDArray[np.float32]]]
    answers: list[list[int]]
    partly: list[list[int]]


def _tokens(table: StaticTable, texts: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    asked = [folded(" ".join(search_words(text))) for text in texts]
    found = (np.unique(ids.astype(np.int64), return_counts=True) for ids in table.token_ids(asked))
    return [(ids, counts.astype(np.float32) ** REPEATS) for ids, counts in found]


def questions_of(clusters: Sequence[Cluster], table: StaticTable) -> _Questions:
    """Every question that a paper answers; papers are numbered cluster by cluster."""
    place = {paper.paper_id: row for row, paper in enumerate(paper for cluster in clusters for paper in cluster.papers)}
    asked = [question for cluster in clusters for question in cluster.questions if question.wanted]
    graded = [[[place[key] for key, grade in one.grades.items() if grade == wanted] for one in asked] for wanted in (2, 1)]
    return _Questions(_tokens(table, [one.text for one in asked]), *graded)


def fit(clusters: Sequence[Cluster], table: StaticTable, seed: int = 0) -> dict[str, NDArray[Any]]:
    """The arrays of `questions.npz`: by the share that the answers have among all papers' likeness to a question."""
    torch = imported("torch")
    torch.manual_seed(seed)
    rng, papers = np.random.default_rng(seed), [paper for cluster in clusters for paper in cluster.papers]
    questions, titles = questions_of(clusters, table), _tokens(table, [paper.title for paper in papers])
    documents = torch.tensor(table.encode([f"{paper.title}. {paper.abstract}" for paper in papers]))
    side = _side(torch, table)
    optimizer = torch.optim.Adam(side.parameters(), lr=RATE)
    order = [
        rng.permutation(len(questions.tokens))[at : at + BATCH] for _ in range(EPOCHS) for at in range(0, len(questions.tokens), BATCH)
    ]
    for some in shown(order, "training"):
        likeness = side(*_batch(torch, [questions.tokens[i] for i in some], FORGOTTEN)) @ documents.T / TEMPERATURE
        loss = _loss(torch, likeness, [questions.answers[i] for i in some], [questions.partly[i] for i in some])
        own = rng.choice(len(titles), min(TITLES, len(titles)), replace=False)
        found = side(*_batch(torch, [titles[i] for i in own], TITLE_FORGOTTEN)) @ documents.T / TEMPERATURE
        loss = loss + TITLES_SHARE * torch.nn.functional.cross_entropy(found, torch.from_numpy(own))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return _arrays(side, table)


def _side(torch: Any, table: StaticTable) -> Any:
    """What is trained, so that it changes nothing at first; see rag.embedding.asking."""
    rows = torch.tensor(table.table.astype(np.float32) * table.scale[:, None])

    class Side(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.turn = torch.nn.Parameter(torch.eye(rows.shape[1]))
            self.aims = torch.nn.Parameter(torch.randn(AIMS, rows.shape[1]) * 0.05)
            self.weight, self.aside = (torch.nn.Parameter(torch.zeros(len(rows), width)) for width in (1, AIMS))

        def forward(self, ids: Any, counts: Any) -> Any:
            counts = counts[..., None] * torch.exp(self.weight[ids])
            return torch.nn.functional.normalize(((counts * rows[ids]).sum(1) + (counts * self.aside[ids]).sum(1) @ self.aims) @ self.turn)

    return Side()


def _batch(torch: Any, texts: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], forgotten: float) -> tuple[Any, Any]:
    """Padded ids and counts, some of them forgotten."""
    ids = np.zeros((len(texts), max(len(one) for one, _ in texts)), np.int64)
    counts = np.zeros(ids.shape, np.float32)
    for row, (one, count) in enumerate(texts):
        ids[row, : len(one)], counts[row, : len(one)] = one, count
    kept = torch.from_numpy(counts)
    return torch.from_numpy(ids), kept * (torch.rand_like(kept) > forgotten)


def _loss(torch: Any, likeness: Any, answers: Sequence[Sequence[int]], partly: Sequence[Sequence[int]]) -> Any:
    """Half for each of the answers, half for any of them; papers that answer in part take no part."""
    right, neutral = (torch.zeros_like(likeness, dtype=torch.bool) for _ in range(2))
    for row, (those, others) in enumerate(zip(answers, partly, strict=True)):
        right[row, list(those)], neutral[row, list(others)] = True, True
    shares = torch.log_softmax(likeness.masked_fill(neutral, -1e9), 1)
    each = (shares * right).sum(1) / right.sum(1)
    return -(each.mean() + torch.logsumexp(shares.masked_fill(~right, -1e9), 1).mean()) / 2


def _arrays(side: Any, table: StaticTable) -> dict[str, NDArray[Any]]:
    weight, aside, aims, turn = (one.detach().numpy() for one in (side.weight, side.aside, side.aims, side.turn))
    aside = aside * (table.scale > 0)[:, None]  # a text of unknown characters stays an empty text
    step = max(float(np.abs(aside).max()), 1e-9) / 127
    small = np.rint(aside / step).astype(np.int8)
    return {"weight": weight[:, 0].astype(np.float16), "aside": small, "aims": aims * np.float32(step), "turn": turn.astype(np.float16)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clusters", type=Path, nargs="+")
    parser.add_argument("--table", type=Path, default=WEIGHTS, help="folder of the embedding")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    clusters = [cluster for file in given.clusters for cluster in load_clusters(file)]
    table = StaticTable.load(given.table)
    arrays: dict[str, Any] = fit(clusters, table)
    np.savez_compressed(given.out / QUESTIONS, table=np.array(table.fingerprint), **arrays)


if __name__ == "__main__":
    main()
