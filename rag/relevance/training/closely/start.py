"""The weights that training begins from: those of the first reader as it ships, each int8 matrix as floats again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding import LOWER, UPPER
from rag.errors import ConfigError
from rag.relevance.training import imported

Floats = NDArray[np.float32]
_LAYERS = 6
_EMBEDDINGS, _LAYER = "encoder.embeddings", "encoder.encoder.layer"


@dataclass(frozen=True, eq=False, slots=True)
class Start:
    """The embeddings, and each layer's weights, by name; a matrix is (outputs, inputs)."""

    embeddings: dict[str, Floats]
    layers: list[dict[str, Floats]]


def read_start(folder: Path) -> Start:
    """From the first reader's graphs. Raises ConfigError where that is another graph than its training writes."""
    load, to_array = imported("onnx").load, imported("onnx").numpy_helper.to_array
    arrays = {one.name: to_array(one) for name in (LOWER, UPPER) for one in load(str(folder / name)).graph.initializer}
    try:
        return Start(_embeddings(arrays), _layers(arrays))
    except (KeyError, IndexError) as error:
        raise ConfigError(f"{folder} holds no reader that rag.relevance.training wrote ({error} is missing)") from error


def _embeddings(arrays: dict[str, Floats]) -> dict[str, Floats]:
    # the one kind of text is a row that the tracing took out of its table and gave a number for a name
    kind = next((name for name in arrays if name.startswith("onnx::Add")), "onnx::Add")
    return {
        "words": _whole(arrays, f"{_EMBEDDINGS}.word_embeddings.weight"),
        "kind": arrays[kind],
        "places": arrays[f"{_EMBEDDINGS}.position_embeddings.weight"],
        "g": arrays[f"{_EMBEDDINGS}.LayerNorm.weight"],
        "b": arrays[f"{_EMBEDDINGS}.LayerNorm.bias"],
    }


def _layers(arrays: dict[str, Floats]) -> list[dict[str, Floats]]:
    """Matrices outside attention have but a number, too: three a layer, numbered in the order they are used."""
    names = [name.removesuffix("_quantized") for name in arrays if name.startswith("onnx::MatMul") and name.endswith("_quantized")]
    names.sort(key=lambda name: int(name.split("_")[1]))
    return [_layer(arrays, number, names[3 * number :]) for number in range(_LAYERS)]


def _layer(arrays: dict[str, Floats], number: int, matrices: list[str]) -> dict[str, Floats]:
    own, met = f"{_LAYER}.{number}", f"{_LAYER}.{number}.attention.output"
    return {
        "qkv": _whole(arrays, f"Attention_{number}_qkv_weight").T,
        "qkvb": arrays[f"Attention_{number}_qkv_bias"],
        "o": _whole(arrays, matrices[0]).T,
        "ob": arrays[f"{met}.dense.bias"],
        "g1": arrays[f"{met}.LayerNorm.weight"],
        "b1": arrays[f"{met}.LayerNorm.bias"],
        "up": _whole(arrays, matrices[1]).T,
        "upb": arrays[f"{own}.intermediate.dense.bias"],
        "down": _whole(arrays, matrices[2]).T,
        "downb": arrays[f"{own}.output.dense.bias"],
        "g2": arrays[f"{own}.output.LayerNorm.weight"],
        "b2": arrays[f"{own}.output.LayerNorm.bias"],
    }


def _whole(arrays: dict[str, Floats], name: str) -> Floats:
    zero = arrays[f"{name}_zero_point"].astype(np.float32)
    whole: Floats = (arrays[f"{name}_quantized"].astype(np.float32) - zero) * arrays[f"{name}_scale"]
    return whole
