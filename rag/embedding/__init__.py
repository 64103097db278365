"""Embedding: text -> vectors, by the table that ships, or by any embedder that is set.

Open embedders.py first; static.py is the table that ships, training.py makes it. network.py reads a text token by token.
"""

from rag.embedding.asking import QUESTIONS, QuestionSide
from rag.embedding.embedders import Embedder, StaticEmbedder, Vectors, as_embedder, open_embedder
from rag.embedding.memo import WordMemo, cached
from rag.embedding.network import (
    END,
    LONGEST_TEXT,
    LOWER,
    NETWORK_FOLDER,
    START,
    TOKENIZER,
    UPPER,
    Network,
    States,
    open_session,
    shipped_network,
)
from rag.embedding.static import REPEATS, StaticTable, counted, normalised

__all__ = [
    "END",
    "LONGEST_TEXT",
    "LOWER",
    "NETWORK_FOLDER",
    "QUESTIONS",
    "REPEATS",
    "START",
    "TOKENIZER",
    "UPPER",
    "Embedder",
    "Network",
    "QuestionSide",
    "States",
    "StaticEmbedder",
    "StaticTable",
    "Vectors",
    "WordMemo",
    "as_embedder",
    "cached",
    "counted",
    "normalised",
    "open_embedder",
    "open_session",
    "shipped_network",
]
