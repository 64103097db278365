"""Training: how the embedding's table was made, and how trained layers become a graph. Needs the `train` extra; no user imports it."""

from rag.embedding.training.graphs import attended, trace, write_graph
from rag.embedding.training.table import train
from rag.embedding.vocabulary import imported, shown

__all__ = ["attended", "imported", "shown", "trace", "train", "write_graph"]
