"""Text: what every wing may use of words, sentences, folding and untrusted text.

Open words.py first.
"""

from rag.text.folding import folded
from rag.text.sentences import split_sentences
from rag.text.untrusted import as_data, instructs, neutral, trusted, visible
from rag.text.words import content_words, named_like

__all__ = ["as_data", "content_words", "folded", "instructs", "named_like", "neutral", "split_sentences", "trusted", "visible"]
