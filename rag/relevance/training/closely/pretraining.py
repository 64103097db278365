"""Pretraining without judgements: which of some papers a sentence was taken from, and where in it a sentence stands that was left.

So the layers learn to look from one text into the other, which eleven thousand judged questions are too few for.
"""

from dataclasses import dataclass
from typing import Any

from rag.relevance.training.closely.data import LARGEST, Tensors, compact, even_length
from rag.relevance.training.closely.network import NEVER, Network
from rag.relevance.training.data import END, START

Tensor = Any
_PAPERS, _READ, _ASKED = 8, 192, 48
_TITLE, _TAKEN, _LOST_LEAST, _LOST_MORE = 0.2, 0.75, 0.1, 0.5
_ALONE, _PLACE = 0.1, 0.2


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """Question ids, the papers (its own first), what is read of each, and whether and where the passage still stands."""

    ids: Tensor
    numbers: Tensor
    told: Tensor
    left: Tensor
    passage: Tensor


def pretraining_loss(network: Network, data: Tensors, together: int) -> Tensor:
    """Of some papers at random."""
    torch, functional = network.torch, network.torch.nn.functional
    drawn = _drawn(network, data, together)
    flat = drawn.numbers.reshape(-1)
    segments = data.segments[flat, :_READ].masked_fill(~drawn.told, -1)
    question, asked = (rows.repeat_interleave(_PAPERS, 0) for rows in (network.lower(drawn.ids), drawn.ids != 0))
    logits, scores = network.read(question, asked, data.states[flat, :_READ], drawn.told, segments)
    logits, own = logits.view(-1, _PAPERS), torch.zeros(together, dtype=torch.long, device=network.device)
    right = functional.one_hot(own, _PAPERS).float()
    loss = functional.cross_entropy(logits, own) + _ALONE * functional.binary_cross_entropy_with_logits(logits, right)
    found = scores.view(together, _PAPERS, -1)[:, 0].clone()
    found[:, 0] = NEVER
    at = drawn.left & (drawn.passage > 0)
    return loss + _PLACE * functional.cross_entropy(found[at], drawn.passage[at]) if at.any() else loss


def _drawn(network: Network, data: Tensors, together: int) -> Drawn:
    torch, device = network.torch, network.device
    own = torch.randint(0, len(data.papers), (together,), device=device)
    numbers = _with_neighbours(network, data, own)
    segments = data.segments[own]
    last = segments[:, :_READ].amax(1)
    passage = (torch.rand(together, device=device) * (last + 1).float()).long()
    passage = torch.where(torch.rand(together, device=device) < _TITLE, 0, passage)
    ids = _question(network, data.papers[own].masked_fill(segments != passage[:, None], 0))
    left = torch.rand(together, device=device) >= _TAKEN
    told = data.papers[numbers, :_READ] != 0
    told[:, 0] &= left[:, None] | (segments[:, :_READ] != passage[:, None])
    return Drawn(ids, numbers, told.reshape(-1, told.shape[2]), left, passage)


def _with_neighbours(network: Network, data: Tensors, own: Tensor) -> Tensor:
    """Papers on the same subject, so that the subject alone does not tell."""
    torch, count = network.torch, len(data.papers)
    places = torch.rand(len(own), LARGEST, device=network.device).argsort(1)[:, : _PAPERS - 1]
    others = (data.home[own][:, None] + places) % count
    others = torch.where(others == own[:, None], ((own + 2 * LARGEST - 3) % count)[:, None], others)
    return torch.cat([own[:, None], others], 1)


def _question(network: Network, passages: Tensor) -> Tensor:
    """The passage's words with some left out, more or fewer of them."""
    torch, count = network.torch, len(passages)
    start, end = (torch.full((count, 1), mark, device=network.device) for mark in (START, END))
    ids = compact(torch.cat([start, passages, end], 1))[:, :_ASKED]
    share = _LOST_LEAST + _LOST_MORE * torch.rand(count, 1, device=network.device)
    lost = (torch.rand(ids.shape, device=network.device) <= share) & (ids != START) & (ids != END)
    ids = compact(ids.masked_fill(lost, 0))
    return ids[:, : even_length((ids != 0).sum(1).max())]
