"""Clusters as tensors on the device: each paper with what the frozen layers make of it, each question with its cluster's grades."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.relevance.training.closely.network import Network
from rag.relevance.training.data import Asked, Cluster, padded

Tensor = Any
LARGEST = 20
"""Papers of a cluster; a smaller one is filled up with papers that no grade is known of."""

NO_PAPER = -3


@dataclass(frozen=True, eq=False, slots=True)
class Tensors:
    """Of each paper tokens, passages, length, lower states and its cluster's first paper; of each question the rest."""

    papers: Tensor
    segments: Tensor
    lengths: Tensor
    states: Tensor
    home: Tensor
    questions: Tensor
    kinds: list[str]
    first: Tensor
    grades: Tensor
    best: Tensor


def tensors_of(clusters: Sequence[Cluster], network: Network) -> Tensors:
    """All clusters; the states of 24,000 papers take 6 GB."""

    def moved(rows: Any) -> Tensor:
        return network.torch.tensor(rows, device=network.device)

    papers = [paper for cluster in clusters for paper in cluster.papers]
    firsts = [sum(len(cluster.papers) for cluster in clusters[:number]) for number in range(len(clusters))]
    asked = [(first, one) for first, cluster in zip(firsts, clusters, strict=True) for one in cluster.questions]
    ids = moved(padded([ids for ids, _ in papers]))
    return Tensors(
        papers=ids,
        segments=moved(padded([segments for _, segments in papers], -1)),
        lengths=moved([len(ids) for ids, _ in papers]),
        states=network.lower(ids),
        home=moved([first for first, cluster in zip(firsts, clusters, strict=True) for _ in cluster.papers]),
        questions=moved(padded([one.tokens for _, one in asked])),
        kinds=[one.kind for _, one in asked],
        first=moved([first for first, _ in asked]),
        grades=moved([_filled(one, one.grades, NO_PAPER) for _, one in asked]),
        best=moved([_filled(one, one.best, -1) for _, one in asked]),
    )


def _filled(asked: Asked, row: Sequence[int], filler: int) -> list[int]:
    if len(row) > LARGEST:
        raise ValueError(f"a cluster has {len(row)} papers, more than {LARGEST}: split it into smaller ones")
    return [*row, *[filler] * (LARGEST - len(row))]


def read_pairs(network: Network, data: Tensors, ids: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Padded questions, each against its own row of papers by number: (questions, papers) logits, and of each passage the score."""
    count = numbers.shape[1]
    ids = ids[:, : even_length((ids != 0).sum(1).max())]
    flat = numbers.reshape(-1)
    long = even_length(data.lengths[flat].max())
    question, asked = network.lower(ids).repeat_interleave(count, 0), (ids != 0).repeat_interleave(count, 0)
    told = data.papers[flat, :long] != 0
    logits, scores = network.read(question, asked, data.states[flat, :long], told, data.segments[flat, :long])
    return logits.view(-1, count), scores.view(len(ids), count, -1)


def even_length(longest: Tensor) -> int:
    """A length that the fast kernels take."""
    return (int(longest) + 7) // 8 * 8


def compact(ids: Tensor) -> Tensor:
    """Tokens to the front, in their order; zeros, which stand for tokens left out, to the end."""
    return ids.gather(1, (ids == 0).long().sort(dim=1, stable=True)[1])
