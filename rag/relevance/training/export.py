"""Writes the trained network as the package ships it: two int8 ONNX graphs, the comparison's weights, the tokenizer."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedding import LOWER, TOKENIZER, UPPER
from rag.embedding.training import attended, imported, trace, write_graph
from rag.relevance.reader import INTERACTION
from rag.relevance.training.network import Network

LOWEST = 2
"""Layers whose states are an output, too: through these the close reader reads question and paper apart."""


def export(network: Network, start: Path, out: Path) -> None:
    """Into the folder `out`; `start` holds the tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "network.onnx"
        write_graph(lambda path: _trace_encoder(network, path), whole)
        cut(whole, out)
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in network.w.items()}
    np.savez(out / INTERACTION, **{name: array.astype(np.float16 if array.ndim > 1 else np.float32) for name, array in arrays.items()})
    shutil.copyfile(start / "tokenizer.json", out / TOKENIZER)


def cut(whole: Path, out: Path) -> None:
    """The graph of all layers as two: the lower layers, and those above them."""
    extract = imported("onnx.utils").extract_model
    extract(str(whole), str(out / LOWER), ["ids"], ["lower"], check_model=False)
    extract(str(whole), str(out / UPPER), ["lower"], ["states"], check_model=False)


def _trace_encoder(network: Network, path: Path) -> None:
    torch = network.torch
    network.encoder.cpu().eval()

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
    return made[-1], made[LOWEST]
