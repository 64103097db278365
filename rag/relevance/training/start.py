"""The weights that training begins from: those of a reader as it ships, each int8 matrix as floats again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding import LOWER, UPPER
from rag.errors import ConfigError
from rag.relevance.reader import CLOSE_HEADS, CLOSE_NETWORK
from rag.relevance.training import imported

Floats = NDArray[np.float32]
_LAYERS, _CLOSE_LAYERS = 6, 4
_EMBEDDINGS, _LAYER = "encoder.embeddings", "encoder.encoder.layer"
_NAMES = {
    "ob": "attention.output.dense.bias",
    "g1": "attention.output.LayerNorm.weight",
    "b1": "attention.output.LayerNorm.bias",
    "upb": "intermediate.dense.bias",
    "downb": "output.dense.bias",
    "g2": "output.LayerNorm.weight",
    "b2": "output.LayerNorm.bias",
}
"""What is no matrix in a layer: as the network names it, and as transformers does."""


@dataclass(frozen=True, eq=False, slots=True)
class Start:
    """The embeddings, and each layer's weights, by name; a matrix is (outputs, inputs)."""

    embeddings: dict[str, Floats]
    layers: list[dict[str, Floats]]


def read_start(folder: Path) -> Start:
    """From the first reader's graphs. Raises ConfigError where that is another graph than its training writes."""
    arrays = _arrays(folder, LOWER, UPPER)
    try:
        return Start(_embeddings(arrays), _layers(arrays, _LAYERS, f"{_LAYER}.{{}}", _NAMES))
    except (KeyError, IndexError) as error:
        raise ConfigError(f"{folder} holds no reader that rag.relevance.training wrote ({error} is missing)") from error


def read_trained(folder: Path) -> dict[str, Floats]:
    """A close reader's weights, as the network names them. Raises ConfigError where that is another graph than `export` writes."""
    arrays = _arrays(folder, CLOSE_NETWORK)
    try:
        layers = _layers(arrays, _CLOSE_LAYERS, "layers.{}", {name: name for name in _NAMES})
    except (KeyError, IndexError) as error:
        raise ConfigError(f"{folder} holds no close reader that this command wrote ({error} is missing)") from error
    with np.load(folder / CLOSE_HEADS) as heads:
        kept = {name: heads[name].astype(np.float32) for name in heads.files}
    return kept | {f"upper.{number}.{name}": array for number, layer in enumerate(layers) for name, array in layer.items()}


def _arrays(folder: Path, *graphs: str) -> dict[str, Floats]:
    load, to_array = imported("onnx").load, imported("onnx").numpy_helper.to_array
    return {one.name: to_array(one) for name in graphs for one in load(str(folder / name)).graph.initializer}


def as_transformers(start: Start) -> dict[str, Floats]:
    """The same weights by the names that transformers gives them."""
    told = {"words": "word_embeddings.weight", "places": "position_embeddings.weight", "g": "LayerNorm.weight", "b": "LayerNorm.bias"}
    named = {f"embeddings.{name}": start.embeddings[part] for part, name in told.items()}
    named["embeddings.token_type_embeddings.weight"] = np.tile(start.embeddings["kind"], (2, 1))  # papers and questions are of one kind
    matrices = {"o": "attention.output.dense.weight", "up": "intermediate.dense.weight", "down": "output.dense.weight"}
    for number, layer in enumerate(start.layers):
        prefix = f"encoder.layer.{number}"
        named |= {f"{prefix}.{name}": layer[part] for part, name in (matrices | _NAMES).items()}
        for part, ending in (("qkv", "weight"), ("qkvb", "bias")):
            thirds = np.split(layer[part], 3)
            for name, third in zip(("query", "key", "value"), thirds, strict=True):
                named[f"{prefix}.attention.self.{name}.{ending}"] = third
    return named


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


def _layers(arrays: dict[str, Floats], count: int, own: str, names: dict[str, str]) -> list[dict[str, Floats]]:
    """`own` is what a layer's parts are called before their `names`.

    Matrices outside attention have but a number: three a layer, numbered in the order they are used.
    """
    matrices = [name.removesuffix("_quantized") for name in arrays if name.startswith("onnx::MatMul") and name.endswith("_quantized")]
    matrices.sort(key=lambda name: int(name.split("_")[1]))
    return [_layer(arrays, n, matrices[3 * n : 3 * n + 3], own.format(n), names) for n in range(count)]


def _layer(arrays: dict[str, Floats], number: int, matrices: list[str], own: str, names: dict[str, str]) -> dict[str, Floats]:
    wide = {name: _whole(arrays, matrix).T for name, matrix in zip(("o", "up", "down"), matrices, strict=True)}
    wide["qkv"] = _whole(arrays, f"Attention_{number}_qkv_weight").T
    return wide | {"qkvb": arrays[f"Attention_{number}_qkv_bias"]} | {name: arrays[f"{own}.{part}"] for name, part in names.items()}


def _whole(arrays: dict[str, Floats], name: str) -> Floats:
    zero = arrays[f"{name}_zero_point"].astype(np.float32)
    whole: Floats = (arrays[f"{name}_quantized"].astype(np.float32) - zero) * arrays[f"{name}_scale"]
    return whole
