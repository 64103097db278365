"""A language model's endpoint: calls, limits, structured replies, kept answers.

Open client.py first.
"""

from rag.llm.cache import AnswerCache
from rag.llm.client import Model, Piece, Prompt, Spending, Unreadable
from rag.llm.endpoint import ContextOverflow, endpoint, explained, open_client, shown_url

__all__ = [
    "AnswerCache",
    "ContextOverflow",
    "Model",
    "Piece",
    "Prompt",
    "Spending",
    "Unreadable",
    "endpoint",
    "explained",
    "open_client",
    "shown_url",
]
