"""The close reader's network in torch: frozen lower layers read a text alone, the trained ones question and paper together."""

from collections.abc import Mapping
from typing import Any

from rag.relevance.training import imported
from rag.relevance.training.export import LOWEST
from rag.relevance.training.start import Floats, Start

Tensor = Any
NEVER = -1e4
"""The score of a passage that is not there."""

_WIDTH, _HEADS, _SIZE, _HIDDEN = 384, 12, 32, 128
_SPREAD, _LEAST_SPREAD = 0.02, 1e-12
_FURTHER, _OUTSIDE = 8, -2000.0
_SHARPEST = 8
_AT_ONCE = 512


class Network:
    """The trained weights `w` by name (`upper.0.qkv`, ...), and the frozen ones below."""

    def __init__(self, start: Start, device: str) -> None:
        self.torch, self.device = imported("torch"), device
        self.dropping = 0.0
        self._embeddings = self._moved(start.embeddings)
        self._lower = [self._moved(layer) for layer in start.layers[:LOWEST]]
        upper = [self._moved(layer) for layer in start.layers[LOWEST:]]
        self.uppers = len(upper)
        layers = {f"upper.{number}.{name}": tensor for number, layer in enumerate(upper) for name, tensor in layer.items()}
        self.w: dict[str, Tensor] = {name: tensor.requires_grad_(True) for name, tensor in (layers | self._heads()).items()}

    def _moved(self, arrays: Mapping[str, Floats]) -> dict[str, Tensor]:
        return {name: self.torch.tensor(array.copy(), dtype=self.torch.float32, device=self.device) for name, array in arrays.items()}

    def _heads(self) -> dict[str, Tensor]:
        """What tells question from paper, attention within a passage, the passage's score, the paper's own, and how they mix."""
        torch = self.torch
        torch.manual_seed(0)
        sizes = {"s1": (_WIDTH, _HIDDEN), "s2": (_HIDDEN, 1), "c1": (_WIDTH, _HIDDEN), "c2": (_HIDDEN, 1)}
        drawn = {name: torch.nn.Linear(*size) for name, size in sizes.items()}
        heads = {f"{name}.{part}": tensor.data for name, linear in drawn.items() for part, tensor in linear.named_parameters()}
        heads |= {"kind": torch.randn(2, _WIDTH) * _SPREAD, "mix": torch.tensor([1.0, 0.3, 0.3])}
        heads |= {"att.weight": torch.zeros(1, _WIDTH), "att.bias": torch.zeros(1)}
        return {name: tensor.to(self.device) for name, tensor in heads.items()}

    def weights(self) -> dict[str, Tensor]:
        """A copy of those trained."""
        return {name: tensor.detach().clone() for name, tensor in self.w.items()}

    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Go on with other weights."""
        for name, tensor in self.w.items():
            tensor.data.copy_(weights[name])

    def layer_weights(self, number: int) -> dict[str, Tensor]:
        """Those of one of the trained layers."""
        prefix = f"upper.{number}."
        return {name.removeprefix(prefix): tensor for name, tensor in self.w.items() if name.startswith(prefix)}

    def lower(self, ids: Tensor) -> Tensor:
        """What the frozen layers make of padded texts, each read alone."""
        torch = self.torch
        made = torch.empty(*ids.shape, _WIDTH, dtype=torch.bfloat16, device=self.device)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            with torch.no_grad(), self._short_floats():
                states, outside = self._embedded(some).bfloat16(), self._outside(some != 0)
                for layer in self._lower:
                    states = self._layer(layer, states, outside, 0.0)
            made[start : start + _AT_ONCE] = states
        return made

    def read(self, question: Tensor, asked: Tensor, paper: Tensor, told: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        """(pairs) logits and (pairs, passages) scores; lower states in, `asked` and `told` say which tokens are there.

        `segments` is the passage of each of the paper's tokens: the title's 0, -1 for marks.
        """
        states = self.together(question, asked, paper, told)
        return self._judged(states[:, 0], states[:, question.shape[1] :], told, segments)

    def together(self, question: Tensor, asked: Tensor, paper: Tensor, told: Tensor) -> Tensor:
        """(pairs, question's tokens and paper's tokens, width): what the trained layers make of both in one text."""
        torch = self.torch
        with self._short_floats():
            kind = self.w["kind"].to(question.dtype)
            states = torch.cat([question + kind[0], paper + kind[1]], 1)
            outside = self._outside(torch.cat([asked, told], 1))
            for number in range(self.uppers):
                states = self._layer(self.layer_weights(number), states, outside, self.dropping)
        return states.float()

    def _judged(self, first: Tensor, states: Tensor, told: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        torch = self.torch
        belongs = torch.nn.functional.one_hot(segments + 1)[..., 1:].float() * told[..., None]
        there = belongs.sum(1) > 0
        weights = torch.exp(self._linear("att", states).clamp(-_SHARPEST, _SHARPEST)) * belongs
        passages = torch.einsum("bts,btd->bsd", weights / weights.sum(1, keepdim=True).clamp_min(1e-6), states)
        scores = self._head("s", passages).masked_fill(~there, NEVER)
        body = scores.clone()  # the title counts only where nothing else is there
        body[:, 0] = torch.where(there[:, 1:].any(1), torch.full_like(body[:, 0], NEVER), body[:, 0])
        mean = torch.logsumexp(body, 1) - there.sum(1).float().clamp_min(1).log()
        mix = self.w["mix"]
        return mix[0] * self._head("c", first) + mix[1] * body.amax(1) + mix[2] * mean, scores

    def _head(self, name: str, rows: Tensor) -> Tensor:
        return self._linear(f"{name}2", self.torch.nn.functional.gelu(self._linear(f"{name}1", rows))).squeeze(-1)

    def _linear(self, name: str, rows: Tensor) -> Tensor:
        return self.torch.nn.functional.linear(rows, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def _embedded(self, ids: Tensor) -> Tensor:
        table = self._embeddings
        return self._norm(table["words"][ids] + table["kind"] + table["places"][: ids.shape[1]], table["g"], table["b"])

    def _layer(self, w: Mapping[str, Tensor], states: Tensor, outside: Tensor, dropping: float) -> Tensor:
        functional = self.torch.nn.functional
        met = functional.linear(self._attention(w, states, outside, dropping), w["o"], w["ob"])
        states = self._norm(functional.dropout(met, dropping) + states, w["g1"], w["b1"])
        raised = functional.gelu(functional.linear(states, w["up"], w["upb"]))
        lowered = functional.dropout(functional.linear(raised, w["down"], w["downb"]), dropping)
        return self._norm(lowered + states, w["g2"], w["b2"])

    def _attention(self, w: Mapping[str, Tensor], states: Tensor, outside: Tensor, dropping: float) -> Tensor:
        """No mask, so that the fast kernel runs: further dimensions of the keys take what is padded out of the softmax."""
        torch, functional = self.torch, self.torch.nn.functional
        texts, tokens, width = states.shape
        packed = functional.linear(states, w["qkv"], w["qkvb"]).view(texts, tokens, 3, _HEADS, _SIZE)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        query = torch.cat([query, torch.ones_like(query[..., :_FURTHER])], -1)
        further = outside.to(key.dtype)[:, None, :, None].expand(texts, _HEADS, tokens, _FURTHER)
        key, value = torch.cat([key, further], -1), functional.pad(value, (0, _FURTHER))
        met = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropping, scale=_SIZE**-0.5)
        return met[..., :_SIZE].transpose(1, 2).reshape(texts, tokens, width)

    def _norm(self, rows: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """In the rows' own precision: autocast would turn each result to 32 bits."""
        with self.torch.autocast(self.device, enabled=False):
            own = rows.dtype
            return self.torch.nn.functional.layer_norm(rows, (_WIDTH,), scale.to(own), shift.to(own), _LEAST_SPREAD)

    def _outside(self, there: Tensor) -> Tensor:
        return (~there).to(self.torch.bfloat16) * _OUTSIDE

    def _short_floats(self) -> Any:
        return self.torch.autocast(self.device, dtype=self.torch.bfloat16)
