"""What the browser keeps: conversations, their turns and sources. Plain values, nothing on the server.

It comes back from the browser, so it is read with care: what is malformed is left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, get_type_hints
from uuid import uuid4

from rag import Answer, Filters, Message

MAX_BYTES = 400_000
"""Conversations kept in a browser, as JSON; the oldest go first."""

MAX_TURNS = 50
MAX_QUESTION = 4_000
_MAX_TEXT = 40_000
"""Characters of any text that comes back from a browser."""

MAX_NAME = 200
MAX_PAPERS = 50
"""Papers that a conversation is restricted to at most."""

_NO_FILTERS = Filters()
_COUNTS = ("min_authors", "max_authors")


@dataclass(frozen=True, slots=True)
class Source:
    """A citation as the browser keeps it: the paper itself stays in the index."""

    number: int
    paper_id: str
    title: str
    quote: str = ""
    relevance: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it: `state` is `running`, `done`, `stopped` or `failed`.

    `asked` is what is sent: the question without wording whose filter was taken off.
    `given` are the filters set by hand, `applied` those and the ones that the wording implied.
    `near` are ids of borderline papers with what each lacks, `undated` those that a date filter could not judge,
    `topic` is what the nearest paper is about, `seal` shows that this answer was given here.
    """

    answer_id: str
    question: str
    asked: str
    text: str = ""
    state: str = "running"
    account: str = ""
    notice: str = ""
    error: str = ""
    writer: str = ""
    given: Filters = _NO_FILTERS
    applied: Filters = _NO_FILTERS
    sources: tuple[Source, ...] = ()
    nearest: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    undated: tuple[str, ...] = ()
    abstained: bool = False
    intent: str = "papers"
    topic: str = ""
    rating: int = 0
    word: str = ""
    seal: str = ""

    @property
    def titles(self) -> dict[int, str]:
        return {source.number: source.title for source in self.sources}


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order, under an id of their own. `papers` are the ids of the only ones that it is about, none: all.

    `name` is the title that its owner gave it, `about` says which papers it is restricted to.
    """

    conversation_id: str
    turns: tuple[Turn, ...] = ()
    name: str = ""
    papers: tuple[str, ...] = ()
    about: str = ""

    @property
    def title(self) -> str:
        return self.name or (self.turns[0].question if self.turns else self.about or "New chat")


@dataclass(frozen=True, slots=True)
class Memory:
    """All that a browser keeps, newest conversation first, and which one is open ("": a new one)."""

    current: str = ""
    conversations: tuple[Conversation, ...] = field(default=())

    @property
    def open(self) -> Conversation:
        return next((c for c in self.conversations if c.conversation_id == self.current), Conversation(""))

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.open.turns

    def opened(self, conversation_id: str) -> "Memory":
        known = any(c.conversation_id == conversation_id for c in self.conversations)
        return replace(self, current=conversation_id if known else "")

    def without(self, conversation_id: str) -> "Memory":
        kept = tuple(c for c in self.conversations if c.conversation_id != conversation_id)
        return Memory("" if self.current == conversation_id else self.current, kept)

    def with_turns(self, turns: Sequence[Turn]) -> "Memory":
        """The open conversation with these turns, moved to the front; a new one when none is open."""
        return self._front(replace(self.open, turns=tuple(turns[-MAX_TURNS:])))

    def restricted(self, papers: Sequence[str], about: str) -> "Memory":
        """A new conversation about these papers only; about all of them again, the open one."""
        if not papers:
            return self._front(replace(self.open, papers=(), about="")) if self.current else self
        return replace(self, current="")._front(Conversation("", papers=tuple(papers), about=about))

    def renamed(self, conversation_id: str, name: str) -> "Memory":
        text = " ".join(name.split())[:MAX_NAME]
        named = (replace(c, name=text) if c.conversation_id == conversation_id else c for c in self.conversations)
        return replace(self, conversations=tuple(named))

    def _front(self, conversation: Conversation) -> "Memory":
        current = conversation.conversation_id or uuid4().hex[:12]
        others = tuple(c for c in self.conversations if c.conversation_id != current)
        return Memory(current, (replace(conversation, conversation_id=current), *others))


def new_turn(question: str, given: Filters = _NO_FILTERS, asked: str | None = None) -> Turn:
    question = question[:MAX_QUESTION]
    return Turn(uuid4().hex, question, question if asked is None else asked[:MAX_QUESTION], given=given)


def answered(turn: Turn, answer: Answer) -> Turn:
    """The turn with its answer."""
    sources = tuple(Source(c.number, c.paper.paper_id, c.paper.title, c.quote, _judged(c.relevance)) for c in answer.citations)
    return replace(
        turn, text=answer.text, state="done", account=answer.account, notice=answer.notice or "", writer=answer.writer,
        applied=answer.filters, sources=sources, nearest=tuple(paper.paper_id for paper in answer.nearest), abstained=answer.abstained,
        intent=answer.intent,
        near=tuple((paper.paper_id, lacks) for paper, lacks in answer.near), undated=tuple(paper.paper_id for paper in answer.undated),
    )  # fmt: skip


def _judged(relevance: float | None) -> float:
    """A judge's probability; 0 where there was nothing to judge, as in a list by date."""
    return round(relevance, 3) if relevance is not None and relevance < 1 else 0.0


def history(turns: Sequence[Turn]) -> list[Message]:
    """The conversation as the assistant takes it; turns without an answer are left out."""
    messages: list[Message] = []
    for turn in turns:
        if turn.state == "done" and turn.text:
            cited = [source.paper_id for source in turn.sources]
            messages += [{"role": "user", "content": turn.asked}, {"role": "assistant", "content": turn.text, "citations": cited}]
    return messages


# --- to and from the browser


def stored(memory: Memory) -> dict[str, Any]:
    """Memory as JSON values; when it is too large, the oldest conversations are left out, then the oldest turns of the last."""
    conversations = [asdict(conversation) for conversation in memory.conversations]
    sizes = [len(json.dumps(conversation)) for conversation in conversations]
    while len(conversations) > 1 and sum(sizes) > MAX_BYTES:
        conversations.pop()
        sizes.pop()
    if sizes and sizes[0] > MAX_BYTES:
        conversations[0] = {**conversations[0], "turns": _latest(conversations[0]["turns"])}
    return {"current": memory.current, "conversations": conversations}


def _latest(turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last turns, as many as are kept; the very last at least."""
    kept: list[dict[str, Any]] = []
    size = 0
    for turn in reversed(turns):
        size += len(json.dumps(turn))
        if kept and size > MAX_BYTES:
            break
        kept.insert(0, turn)
    return kept


_PLAIN: dict[Any, tuple[type, ...]] = {int: (int,), str: (str,), float: (int, float), bool: (bool,)}


def _known(kind: type[Any], value: Mapping[str, Any], **parts: Any) -> Any:
    """A dataclass out of a JSON object; plain fields of a wrong type fall back to their defaults."""
    wanted = {name: _PLAIN[hint] for name, hint in get_type_hints(kind).items() if hint in _PLAIN}
    given = {name: value[name] for name, types in wanted.items() if isinstance(value.get(name), types)}
    return kind(**{name: _cut(found) for name, found in given.items()}, **parts)


def _cut(value: Any) -> Any:
    return value[:_MAX_TEXT] if isinstance(value, str) else value


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return list(found) if isinstance(found, (list, tuple)) else []


def filters_of(value: Any) -> Filters:
    """Filters out of a JSON object; what does not fit is left out."""
    value = value if isinstance(value, dict) else {}
    counts = {name: value[name] for name in _COUNTS if type(value.get(name)) is int and 0 <= value[name] <= 10_000}
    texts = {
        field.name: value[field.name] for field in fields(Filters) if field.name not in _COUNTS and isinstance(value.get(field.name), str)
    }
    return Filters(**texts, **counts)


def turn_of(value: Any) -> Turn:
    """A turn out of a JSON object. Raises TypeError or ValueError when it is none."""
    if not isinstance(value, dict):
        raise TypeError("not a turn")
    sources = tuple(_known(Source, source) for source in _list(value, "sources") if isinstance(source, dict) and "number" in source)
    near = tuple((str(pair[0]), str(pair[1])) for pair in _list(value, "near") if isinstance(pair, (list, tuple)) and len(pair) == 2)
    turn: Turn = _known(
        Turn, value, given=filters_of(value.get("given")), applied=filters_of(value.get("applied")), sources=sources,
        nearest=_texts(value, "nearest"), near=near, undated=_texts(value, "undated"),
    )  # fmt: skip
    return turn


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(text for text in _list(value, name) if isinstance(text, str))


def _conversation_of(value: Any) -> Conversation:
    """Raises TypeError, ValueError, KeyError or AttributeError when it is none."""
    turns = tuple(turn_of(turn) for turn in _list(value, "turns"))
    said = {name: value[name][:MAX_NAME] for name in ("name", "about") if isinstance(value.get(name), str)}
    return Conversation(str(value["conversation_id"]), turns, papers=_texts(value, "papers")[:MAX_PAPERS], **said)


def memory_of(value: Any) -> Memory:
    """Memory out of what the browser kept; malformed conversations are left out."""
    if not isinstance(value, dict):
        return Memory()
    conversations = []
    for item in _list(value, "conversations"):
        try:
            conversations.append(_conversation_of(item))
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
    memory = Memory("", tuple(conversations))
    return memory.opened(str(value.get("current", "")))
