"""Paperchat's public API. Everything is loaded when it is first used, so that importing is cheap.

>>> import rag
>>> answer = rag.query("which papers speed up dLLM decoding?")
>>> print(answer.text)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus import Paper
    from rag.answer import Answer, Checks, Citation, Coverage, Delta, Event, Step, Usage
    from rag.assistant import Assistant
    from rag.config import Config, load_config
    from rag.errors import PaperchatError
    from rag.filters import Filters
    from rag.index import Index, Report
    from rag.llama_index import PaperEmbedding, PaperRetriever
    from rag.retrieval import Hit
    from rag.understanding import Message

__all__ = [
    "Answer",
    "Assistant",
    "Checks",
    "Citation",
    "Config",
    "Coverage",
    "Delta",
    "Event",
    "Filters",
    "Hit",
    "Index",
    "Message",
    "Paper",
    "PaperEmbedding",
    "PaperRetriever",
    "PaperchatError",
    "Report",
    "Step",
    "Usage",
    "load_config",
    "query",
    "search",
]

_HOMES = {
    "rag.answer": ("Answer", "Checks", "Citation", "Coverage", "Delta", "Event", "Step", "Usage"),
    "rag.assistant": ("Assistant",),
    "rag.config": ("Config", "load_config"),
    "rag.errors": ("PaperchatError",),
    "rag.filters": ("Filters",),
    "rag.llama_index": ("PaperEmbedding", "PaperRetriever"),
    "rag.understanding": ("Message",),
    "rag.index": ("Index", "Report"),
    "rag.retrieval": ("Hit",),
    "corpus": ("Paper",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def query(question: str, history: "Sequence[Message]" = (), filters: "Filters | None" = None) -> "Answer":
    """The answer to a question from the papers held, with the environment's settings.

    `history` is the conversation so far. Raises rag.PaperchatError with a one-line message.
    """
    return _assistant().query(question, history, filters)


def search(question: str, k: int = 10, filters: "Filters | None" = None, *, read: bool = False) -> "list[Hit]":
    """The k best papers for a question, best first. Raises rag.PaperchatError.

    With `read`, the best abstracts are read before they are ranked: better, and some tenths of a second slower.
    """
    return _assistant().search(question, k, filters, read=read)


def _assistant() -> "Assistant":
    from rag.assistant import default_assistant

    return default_assistant()
