"""A conversation so far: what was asked and answered, and which papers each answer told of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.errors import QuestionError
from rag.index import Catalogue, folded_key
from rag.text import named_like
from rag.understanding.history import SHAPE
from rag.understanding.question import Message

_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer; `cited` are ids of the papers that it cited, where the history carries them."""

    asked: str
    answered: str
    cited: tuple[str, ...] | None = None


def exchanges(history: Sequence[Message]) -> tuple[Exchange, ...]:
    """The conversation's questions with their answers, oldest first. Raises QuestionError."""
    if not all(isinstance(message, Mapping) for message in history or ()):
        raise QuestionError(SHAPE)
    found: list[Exchange] = []
    for message in history or ():
        content = message.get("content")
        if not isinstance(content, str) or not content.strip():
            continue
        if message.get("role") == "user":
            found.append(Exchange(content, ""))
        elif message.get("role") == "assistant" and found:
            cited = message.get("citations")
            ids = tuple(i for i in cited if isinstance(i, str)) if isinstance(cited, (list, tuple)) else None
            found[-1] = Exchange(found[-1].asked, f"{found[-1].answered}\n{content}".strip(), ids or found[-1].cited)
        elif message.get("role") == "assistant":
            found.append(Exchange("", content))
    return tuple(found)


def papers_in(text: str, lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that a text names, by title in bold as our answers write it, else by a system's name."""
    titles = _BOLD.findall(text)
    held = lexical.by_titles(titles)
    found = [held[key] for key in map(folded_key, titles) if key in held]
    if found:
        return tuple(dict.fromkeys(found))
    for ids in lexical.named(text).values():
        found += ids
    for name in named_like(text):
        rare = [term for term in lexical.terms(name) if 0 < lexical.document_frequency(term) <= 3]
        found += [paper_id for term in rare for paper_id, _ in lexical.search([(term, 1.0)], 3)]
    return tuple(dict.fromkeys(found))


def told(exchange: Exchange, lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that an answer cited, in the order of their numbers."""
    return exchange.cited if exchange.cited is not None else papers_in(exchange.answered, lexical)


def cited_before(history: Sequence[Message], lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that the last answer of a conversation cited."""
    found = exchanges(history)
    return told(found[-1], lexical) if found else ()
