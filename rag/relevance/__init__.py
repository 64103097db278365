"""Relevance: hits -> verdicts: which papers answer, and which sentence shows it.

Open verdict.py first; by_features.py judges without a model, by_model.py with one.
"""

from rag.relevance.by_features import JUDGED, Floats, Judge, hit_features, question_features
from rag.relevance.quotes import best_sentences
from rag.relevance.verdict import Judgement, Verdict

__all__ = ["JUDGED", "Floats", "Judge", "Judgement", "Verdict", "best_sentences", "hit_features", "question_features"]
