"""Writes the close reader as the package ships it: the trained layers as an int8 ONNX graph, and the heads' weights."""

from pathlib import Path
from typing import Any

import numpy as np

from rag.embedding.training import attended, trace, write_graph
from rag.relevance.reader import CLOSE_HEADS, CLOSE_NETWORK
from rag.relevance.training.closely.network import Network

_WIDTH, _LEAST_SPREAD = 384, 1e-12


def export(network: Network, out: Path) -> None:
    """Into the folder `out`: lower states `x` of question and paper in one text in, `states` out."""
    out.mkdir(parents=True, exist_ok=True)
    spelt = _spelt(network)
    example = network.torch.randn(2, 16, _WIDTH)
    write_graph(lambda path: trace(spelt, example, path, ["x"], ["states"]), out / CLOSE_NETWORK)
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in network.w.items() if not name.startswith("upper.")}
    np.savez(out / CLOSE_HEADS, **{name: array.astype(np.float16 if array.ndim > 1 else np.float32) for name, array in arrays.items()})


def _spelt(network: Network) -> Any:
    """The trained layers, on the CPU, spelt out in the operations that onnxruntime can fuse."""
    torch = network.torch

    class Spelt(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, states: Any) -> Any:
            for layer in self.layers:
                states = _layer(layer, states, torch)
            return states

    layers = [{name: tensor.detach().cpu() for name, tensor in network.layer_weights(n).items()} for n in range(network.uppers)]
    spelt = Spelt()
    spelt.layers = torch.nn.ModuleList(torch.nn.ParameterDict(layer) for layer in layers)
    return spelt


def _layer(w: Any, states: Any, torch: Any) -> Any:
    linear, norm = torch.nn.functional.linear, torch.nn.functional.layer_norm
    query, key, value = (linear(states, w["qkv"][at : at + _WIDTH], w["qkvb"][at : at + _WIDTH]) for at in (0, _WIDTH, 2 * _WIDTH))
    met = linear(attended(query, key, value, torch), w["o"], w["ob"])
    states = norm(met + states, (_WIDTH,), w["g1"], w["b1"], _LEAST_SPREAD)
    raised = torch.nn.functional.gelu(linear(states, w["up"], w["upb"]))
    return norm(linear(raised, w["down"], w["downb"]) + states, (_WIDTH,), w["g2"], w["b2"], _LEAST_SPREAD)
