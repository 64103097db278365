"""Writes the trained network as the package ships it: an int8 ONNX graph, the comparison's weights, the tokenizer."""

import math
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedding import NETWORK, TOKENIZER
from rag.relevance.reader import INTERACTION
from rag.relevance.training import imported
from rag.relevance.training.network import Network

LOWER = 2
"""Layers whose states are an output, too: through these the close reader reads question and paper apart."""

_HEADS, _SIZE = 12, 32
_OPSET = 17


def export(network: Network, start: Path, out: Path) -> None:
    """Into the folder `out`; `start` holds the tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    write_graph(lambda path: _trace_encoder(network, path), out / NETWORK)
    arrays = {name: tensor.detach().numpy() for name, tensor in network.w.items()}
    np.savez(out / INTERACTION, **{name: array.astype(np.float16 if array.ndim > 1 else np.float32) for name, array in arrays.items()})
    shutil.copyfile(start / "tokenizer.json", out / TOKENIZER)


def write_graph(traced: Callable[[Path], None], target: Path) -> None:
    """A graph that `traced` writes to a path, fused and in int8."""
    with tempfile.TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        traced(whole)
        _fuse(whole, fused)
        quantization = imported("onnxruntime.quantization")
        options = {"MatMulConstBOnly": True, "DefaultTensorType": imported("onnx").TensorProto.FLOAT}
        kind = quantization.QuantType.QInt8
        quantization.quantize_dynamic(fused, target, weight_type=kind, per_channel=True, extra_options=options)


def trace(module: Any, example: Any, path: Path, given: Sequence[str], made: Sequence[str]) -> None:
    """The module as a graph of any number of texts of any length; `given` and `made` name what goes in and comes out."""
    torch = imported("torch")
    axes = {name: {0: "texts", 1: "tokens"} for name in (*given, *made)}
    names: dict[str, Any] = {"input_names": list(given), "output_names": list(made), "dynamic_axes": axes}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (example,), str(path), opset_version=_OPSET, dynamo=False, **names)


def _trace_encoder(network: Network, path: Path) -> None:
    torch = network.torch
    network.encoder.eval()

    class Spelt(torch.nn.Module):  # type: ignore[misc, name-defined]
        """The encoder spelt out in the operations that onnxruntime can fuse."""

        def forward(self, ids: Any) -> Any:
            return _states(self.encoder, ids, torch)

    spelt = Spelt()
    spelt.encoder = network.encoder  # its own, so that the weights are traced as weights
    trace(spelt, torch.ones(2, 16, dtype=torch.long), path, ["ids"], ["states", "lower"])


def _states(encoder: Any, ids: Any, torch: Any) -> tuple[Any, Any]:
    """After the last layer, and after the lower ones."""
    table = encoder.embeddings
    rows = table.word_embeddings(ids) + table.token_type_embeddings.weight[0] + table.position_embeddings.weight[: ids.size(1)]
    made = [table.LayerNorm(rows)]
    for layer in encoder.encoder.layer:
        own, output, states = layer.attention.self, layer.attention.output, made[-1]
        met = attended(own.query(states), own.key(states), own.value(states), torch)
        states = output.LayerNorm(output.dense(met) + states)
        raised = torch.nn.functional.gelu(layer.intermediate.dense(states))
        made.append(layer.output.LayerNorm(layer.output.dense(raised) + states))
    return made[-1], made[LOWER]


def attended(query: Any, key: Any, value: Any, torch: Any) -> Any:
    """Attention in the operations that onnxruntime knows and fuses."""
    query, key, value = (_by_head(part) for part in (query, key, value))
    share = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(_SIZE), -1)
    met = torch.matmul(share, value).permute(0, 2, 1, 3).contiguous()
    return met.view(met.size(0), met.size(1), _HEADS * _SIZE)


def _by_head(rows: Any) -> Any:
    return rows.view(rows.size(0), rows.size(1), _HEADS, _SIZE).permute(0, 2, 1, 3)


def _fuse(whole: Path, fused: Path) -> None:
    optimizer = imported("onnxruntime.transformers.optimizer")
    options = imported("onnxruntime.transformers.fusion_options").FusionOptions("bert")
    shape = {"num_heads": _HEADS, "hidden_size": _HEADS * _SIZE}
    model = optimizer.optimize_model(str(whole), "bert", optimization_options=options, opt_level=0, **shape)
    model.save_model_to_file(str(fused))
