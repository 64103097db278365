"""Writes the trained network as the package ships it: an int8 ONNX graph, the comparison's weights, the tokenizer."""

import math
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from rag.relevance.reader import INTERACTION, NETWORK, TOKENIZER
from rag.relevance.training import imported
from rag.relevance.training.network import Network

_HEADS, _SIZE = 12, 32
_OPSET = 17


def export(network: Network, start: Path, out: Path) -> None:
    """Into the folder `out`; `start` holds the tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        _trace(network, whole)
        _fuse(whole, fused)
        quantization = imported("onnxruntime.quantization")
        options = {"MatMulConstBOnly": True, "DefaultTensorType": imported("onnx").TensorProto.FLOAT}
        kind = quantization.QuantType.QInt8
        quantization.quantize_dynamic(fused, out / NETWORK, weight_type=kind, per_channel=True, extra_options=options)
    arrays = {name: tensor.detach().numpy() for name, tensor in network.w.items()}
    np.savez(out / INTERACTION, **{name: array.astype(np.float16 if array.ndim > 1 else np.float32) for name, array in arrays.items()})
    shutil.copyfile(start / "tokenizer.json", out / TOKENIZER)


def _trace(network: Network, path: Path) -> None:
    torch = network.torch
    network.encoder.eval()

    class Spelt(torch.nn.Module):  # type: ignore[misc, name-defined]
        """The encoder spelt out in the operations that onnxruntime can fuse."""

        def forward(self, ids: Any) -> Any:
            return _states(self.encoder, ids, torch)

    spelt = Spelt()
    spelt.encoder = network.encoder  # its own, so that the weights are traced as weights

    example = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "texts", 1: "tokens"} for name in ("ids", "states")}
    names: dict[str, Any] = {"input_names": ["ids"], "output_names": ["states"], "dynamic_axes": axes}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(spelt, (example,), str(path), opset_version=_OPSET, dynamo=False, **names)


def _states(encoder: Any, ids: Any, torch: Any) -> Any:
    table = encoder.embeddings
    rows = table.word_embeddings(ids) + table.token_type_embeddings.weight[0] + table.position_embeddings.weight[: ids.size(1)]
    states = table.LayerNorm(rows)
    for layer in encoder.encoder.layer:
        own, output = layer.attention.self, layer.attention.output
        query, key, value = (_by_head(part(states)) for part in (own.query, own.key, own.value))
        share = torch.softmax(torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(_SIZE), -1)
        met = torch.matmul(share, value).permute(0, 2, 1, 3).contiguous()
        states = output.LayerNorm(output.dense(met.view(met.size(0), met.size(1), _HEADS * _SIZE)) + states)
        raised = torch.nn.functional.gelu(layer.intermediate.dense(states))
        states = layer.output.LayerNorm(layer.output.dense(raised) + states)
    return states


def _by_head(rows: Any) -> Any:
    return rows.view(rows.size(0), rows.size(1), _HEADS, _SIZE).permute(0, 2, 1, 3)


def _fuse(whole: Path, fused: Path) -> None:
    optimizer = imported("onnxruntime.transformers.optimizer")
    options = imported("onnxruntime.transformers.fusion_options").FusionOptions("bert")
    shape = {"num_heads": _HEADS, "hidden_size": _HEADS * _SIZE}
    model = optimizer.optimize_model(str(whole), "bert", optimization_options=options, opt_level=0, **shape)
    model.save_model_to_file(str(fused))
