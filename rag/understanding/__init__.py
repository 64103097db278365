"""Understanding: a turn of a conversation -> what is asked: kind, topic, filters, what it refers back to.

Open question.py first; by_model.py is the way with a language model. (`rag.query` is the function that answers.)
"""

from rag.understanding.filters import implied
from rag.understanding.history import recent
from rag.understanding.question import Kind, Message, Question, cited_before, understand

__all__ = ["Kind", "Message", "Question", "cited_before", "implied", "recent", "understand"]
