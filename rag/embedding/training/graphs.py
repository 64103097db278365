"""Layers as a graph that onnxruntime runs: traced, fused and in int8."""

import math
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.embedding.vocabulary import imported

_HEADS, _SIZE = 12, 32
_OPSET = 17


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
