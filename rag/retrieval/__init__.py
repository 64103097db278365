"""Retrieval: a query -> hits, best first.

Open retriever.py first.
"""

from rag.retrieval.closeness import best_of, cosines
from rag.retrieval.passages import PassageReader
from rag.retrieval.retriever import RERANKED, Hit, Retriever, Terms
from rag.retrieval.spelling import known_words

__all__ = ["RERANKED", "Hit", "PassageReader", "Retriever", "Terms", "best_of", "cosines", "known_words"]
