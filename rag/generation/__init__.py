"""Generation: verdicts -> text.

Open extractive.py first; by_model.py writes with a language model, abstention.py says what the corpus lacks.
"""

from rag.generation.abstention import Lacking, abstention_text, closing_line
from rag.generation.extractive import citations_of, write_extractive

__all__ = ["Lacking", "abstention_text", "citations_of", "closing_line", "write_extractive"]
