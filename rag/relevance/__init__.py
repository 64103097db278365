"""Relevance: hits -> verdicts: which papers answer, and which sentence shows it.

Open verdict.py first; by_features.py judges without a model, by_model.py with one. features.py says what is
known of a hit, answerable.py of a whole question, sentences.py of a sentence; reader.py reads the best hits, closely.py the very best,
reading.py, joined.py and outside.py weigh what they say, absent.py looks for words that no paper has, called.py for what else
papers call a thing; weights/ holds what was fitted.
"""

from rag.relevance.answerable import question_features
from rag.relevance.asked import asked
from rag.relevance.by_features import JUDGED, Judge
from rag.relevance.called import PAIR, calls, kind_of_it, one, spelt_pair
from rag.relevance.cut import best_cut
from rag.relevance.excerpt import excerpt
from rag.relevance.features import Pool, pool_of
from rag.relevance.joined import joined_features
from rag.relevance.logistic import Logistic, as_model, table_of
from rag.relevance.outside import outside_features
from rag.relevance.quotes import quotes, scores_of
from rag.relevance.reader import Reader, open_reader
from rag.relevance.reading import (
    Read,
    SentencesRead,
    close_features,
    held_features,
    paper_features,
    read_best,
    read_closely,
    reread,
    reread_closely,
    sentence_features,
)
from rag.relevance.sentences import Sentences, cues, sentences_of
from rag.relevance.verdict import Half, Judgement, Verdict

__all__ = [
    "JUDGED", "PAIR", "Half", "Judge", "Judgement", "Logistic", "Pool", "Read", "Reader", "Sentences", "SentencesRead", "Verdict",
    "as_model", "asked", "best_cut", "calls", "close_features", "cues", "excerpt", "held_features", "joined_features", "kind_of_it",
    "one", "open_reader", "outside_features", "paper_features", "pool_of", "question_features", "quotes", "read_best", "read_closely",
    "reread", "reread_closely", "scores_of", "sentence_features", "sentences_of", "spelt_pair", "table_of",
]  # fmt: skip
