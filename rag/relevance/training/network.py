"""The reader's network in torch: MiniLM, and the learned comparison that rag/relevance/interaction.py repeats in numpy."""

from pathlib import Path
from typing import Any

from rag.relevance.training import imported

Tensor = Any
FROZEN = 3
"""Layers that stay as they are, with the embeddings: what they make of a paper is worked out once."""

_WIDTH, _MATCHED, _HIDDEN = 384, 128, 64
_NEVER = -1e4


class Network:
    """An encoder, and the weights `w` of the comparison by name."""

    def __init__(self, start: Path, device: str = "cpu") -> None:
        self.torch, self.device = imported("torch"), device
        no_dropout = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}  # on a CPU it costs more than it gives
        load = imported("transformers").AutoModel.from_pretrained
        self.encoder = load(start, attn_implementation="sdpa", add_pooling_layer=False, **no_dropout)
        for module in (self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN]):
            module.requires_grad_(False)
        self.encoder.to(device)
        self.w = {name: tensor.to(device).requires_grad_(True) for name, tensor in self._first_weights().items()}
        self.dropping = 0.0

    def _first_weights(self) -> dict[str, Tensor]:
        """Such that the untrained comparison is about the mean of MiniLM's cosines."""
        torch = self.torch
        turned = torch.linalg.qr(torch.randn(_WIDTH, _WIDTH, generator=torch.Generator().manual_seed(0)))[0][:, :_MATCHED].T
        torch.manual_seed(0)
        linear = torch.nn.Linear
        compared, bilinear = linear(3 * _MATCHED + 2, _HIDDEN), linear(_WIDTH, _HIDDEN, bias=False)
        w = {
            **{f"{name}.weight": turned.clone() for name in ("tok", "val", "qv")},
            **{f"{name}.weight": torch.zeros(1, _WIDTH) for name in ("w", "gate", "role")},
            **{f"{name}.bias": torch.zeros(1) for name in ("w", "gate")},
            **{"temp": torch.tensor(2.3), "cmp.weight": compared.weight.data, "cmp.bias": compared.bias.data},
            **{"out.weight": torch.zeros(2, _HIDDEN), "out.bias": torch.zeros(2)},
            **{"bil_q.weight": torch.zeros(_HIDDEN, _WIDTH), "bil_s.weight": bilinear.weight.data},
            **{"sent": torch.tensor([8.0, 2.0, 0.0, 1.0, 1.0]), "mix.bias": torch.tensor([-6.0])},
            **{"mix.weight": torch.tensor([[4.0, 2.0, 1.0, 4.0, 0.0, 1.0, 0.5]])},
        }
        return {name: tensor.clone() for name, tensor in w.items()}

    def lower(self, ids: Tensor) -> Tensor:
        """What the frozen layers make of padded texts."""
        mask = (ids != 0)[:, None, None, :]
        with self.torch.no_grad(), self.torch.autocast(self.device, dtype=self.torch.bfloat16):
            states = self.encoder.embeddings(ids)
            for layer in self.encoder.encoder.layer[:FROZEN]:
                states = _first(layer(states, mask))
        return states

    def upper(self, states: Tensor, mask: Tensor) -> Tensor:
        """What the trained layers make of that."""
        with self.torch.autocast(self.device, dtype=self.torch.bfloat16):
            for layer in self.encoder.encoder.layer[FROZEN:]:
                states = _first(layer(states, mask[:, None, None, :]))
        return states.float()

    def compare(self, asked: Tensor, asked_mask: Tensor, read: Tensor, read_mask: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        """(questions, papers) logits, and (questions, papers, passages) scores; the title is passage 0."""
        torch, w = self.torch, self.w
        linear, unit = torch.nn.functional.linear, self._unit
        kept = asked_mask.float()
        count = kept.sum(1, keepdim=True)
        whole = unit((asked * kept[..., None]).sum(1))
        gate = torch.sigmoid(linear(asked, w["gate.weight"], w["gate.bias"]).squeeze(-1)) * kept
        wanted = unit((asked * gate[..., None]).sum(1))
        papers = unit((read * read_mask.float()[..., None]).sum(1))
        belongs = torch.nn.functional.one_hot(segments + 1)[..., 1:].float()
        sentences, there = unit(belongs.transpose(1, 2) @ read), belongs.sum(1) > 0
        cosines = torch.einsum("qh,bsh->qbs", whole, sentences)
        likeness = torch.einsum("qid,btd->qbit", unit(linear(asked, w["tok.weight"])), unit(linear(read, w["tok.weight"])))
        likeness = likeness.masked_fill(~(segments >= 0)[None, :, None, :], _NEVER)
        by_sentence = self._best_of_each(likeness, segments, belongs.shape[2]).masked_fill(~there[None, :, None, :], 0.0)
        weights = (1 + linear(asked, w["w.weight"], w["w.bias"]).squeeze(-1)) * kept / count
        scores = w["sent"][0] * cosines + w["sent"][1] * torch.einsum("qh,bsh->qbs", wanted, sentences)
        scores = scores + w["sent"][3] * 4 * torch.einsum("qi,qbis->qbs", weights, by_sentence)
        scores = scores + torch.einsum("qk,bsk->qbs", linear(whole, w["bil_q.weight"]), linear(sentences, w["bil_s.weight"]))
        scores = (scores + w["sent"][4] * linear(sentences, w["role.weight"]).squeeze(-1)[None]).masked_fill(~there[None], _NEVER)
        near = cosines.masked_fill(~there[None], -9.0)
        at_nearest = by_sentence.gather(3, near.argmax(-1)[:, :, None, None].expand(-1, -1, asked.shape[1], 1)).squeeze(-1)
        weighed = self._aligned(asked, kept / count, read, likeness, at_nearest)
        best = torch.einsum("qi,qbi->qb", weights, likeness.amax(-1))
        body = torch.cat([torch.full_like(scores[:, :, :1], _NEVER), scores[:, :, 1:]], 2)
        soft = torch.logsumexp(body, -1) - there[:, 1:].sum(1).clamp_min(1).float().log()[None]
        features = [whole @ papers.T, cosines[:, :, 0], near.amax(-1), best, soft * 0.2, body.amax(-1) * 0.2, weighed[..., 0] * 4]
        return linear(torch.stack(features, -1), w["mix.weight"], w["mix.bias"]).squeeze(-1) + weighed[..., 1], scores

    def _unit(self, rows: Tensor) -> Tensor:
        return self.torch.nn.functional.normalize(rows, dim=-1)

    def _best_of_each(self, likeness: Tensor, segments: Tensor, passages: int) -> Tensor:
        """(questions, papers, question's tokens, passages): the best match within each passage."""
        at = segments.clamp_min(0)[None, :, None, :].expand_as(likeness)
        empty = self.torch.full((*likeness.shape[:3], passages), _NEVER, device=self.device)
        return empty.scatter_reduce(3, at, likeness, "amax")

    def _aligned(self, asked: Tensor, share: Tensor, read: Tensor, likeness: Tensor, nearest: Tensor) -> Tensor:
        """(questions, papers, 2): each token of the question beside what the paper says nearest to it."""
        torch, w = self.torch, self.w
        linear = torch.nn.functional.linear
        attention = torch.softmax(likeness * w["temp"].exp(), -1)
        met = torch.einsum("qbit,btd->qbid", attention, linear(read, w["val.weight"]))
        meant = linear(asked, w["qv.weight"])[:, None].expand_as(met)
        rows = torch.cat([meant, met, meant * met, likeness.amax(-1)[..., None], nearest[..., None]], -1)
        hidden = torch.nn.functional.dropout(torch.nn.functional.gelu(linear(rows, w["cmp.weight"], w["cmp.bias"])), self.dropping)
        return torch.einsum("qi,qbio->qbo", share, linear(hidden, w["out.weight"], w["out.bias"]))


def _first(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output
