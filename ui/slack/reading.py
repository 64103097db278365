"""What a Slack message says, read as Slack writes it: code, quotes, emphasis, mentions, links, dates, forwarded messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTE = re.compile(r"\s*(?:&gt;|>)(?P<rest>(?:&gt;&gt;|>>)?)\s?")
_STYLED = re.compile(r"(?<![^\W_])([*_~])(?=\S)([^\n]{0,500}?\S)\1(?![^\W_])")
"""Emphasis begins and ends at a word's edge: `snake_case` and `2*3*4` have none."""

_EMOJI = re.compile(r"(?<![\w:]):(?:[+-]1|(?=[\w+'-]{0,60}[a-z])[a-z0-9_+'-]{1,60})(?:::skin-tone-\d)?:(?!\w)")
_DATE = re.compile(r"<!date\^(\d+)\^[^|<>]*(?:\|([^<>]*))?>")
_TOKENS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<(?:[@#]|!subteam\^)\w+\|([^<>]*)>"), r"\1"),
    (re.compile(r"<[@#](\w+)>"), r"\1"),
    (re.compile(r"<!(\w+)[^<>]*>"), r"\1"),
    (re.compile(r"<([^<>|\s]+)\|([^<>]*)>"), r"\2"),
    (re.compile(r"<((?:https?|mailto|tel):[^<>]+)>"), r"\1"),
)
_ENTITIES = (("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"))
_ADDRESSES = re.compile(r"<[@!]")
_LONGEST = 20_000
"""Characters of a message that are read; a question has fewer."""
_FORWARDED = 4_000
"""Characters of forwarded messages that belong to a question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message: prose, or `code`, or part of a `quote`."""

    text: str
    code: bool = False
    quote: bool = False

    @property
    def spoken(self) -> bool:
        """Whether its writer says it here: what is code or a quote addresses no one."""
        return not (self.code or self.quote)


def pieces(text: str) -> Iterator[Piece]:
    """A message's text in order, cut where code or a quote begins or ends."""
    for number, part in enumerate(_FENCE.split(text[:_LONGEST])):
        if number % 2:
            yield Piece(part, code=True)
        else:
            yield from _lines(part)


def _lines(text: str) -> Iterator[Piece]:
    to_the_end = False
    for line in text.splitlines(keepends=True):
        mark = _QUOTE.match(line)
        to_the_end = to_the_end or bool(mark and mark["rest"])
        body = line[mark.end() :] if mark else line
        for number, part in enumerate(_CODE.split(body)):
            yield Piece(part, code=number % 2 == 1, quote=bool(mark) or to_the_end)


def mentions(text: str, user: str) -> bool:
    """Whether a message speaks to a user; a mention that is code or quoted does not."""
    whole = f"<@{user}>", f"<@{user}|"
    return any(piece.spoken and any(mention in piece.text for mention in whole) for piece in pieces(text)) if user else False


def addresses(text: str) -> bool:
    """Whether a message speaks to anyone by name, or to a group."""
    return any(piece.spoken and _ADDRESSES.search(_DATE.sub("", piece.text)) for piece in pieces(text))


def said(text: str, bot_user: str) -> str:
    """What a person wrote, as plain text: the bot's mention removed, other mentions, links and dates as their labels."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half of a sign could not be kept or sent
    return " ".join("".join(_plain(piece, bot_user) for piece in pieces(text)).split())


def _plain(piece: Piece, bot_user: str) -> str:
    text = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", " ", piece.text) if bot_user else piece.text
    text = _DATE.sub(_date, text)
    for pattern, label in _TOKENS:
        text = pattern.sub(label, text)
    if not piece.code:
        text = _EMOJI.sub(" ", _unstyled(text))
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


def _date(match: re.Match[str]) -> str:
    """A date's words; without any, its day."""
    if match[2]:
        return match[2]
    try:
        return datetime.fromtimestamp(int(match[1]), UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return ""


def _unstyled(text: str) -> str:
    """Text without the signs of bold, italics and strike, which may stand inside each other."""
    for _ in range(3):
        text, count = _STYLED.subn(r"\2", text)
        if not count:
            break
    return text


def forwarded(event: dict[str, Any], bot_user: str) -> str:
    """What the messages say that were forwarded with this one, or linked to and shown under it."""
    told = []
    for attachment in event.get("attachments") or ():
        if isinstance(attachment, dict) and (attachment.get("is_share") or attachment.get("is_msg_unfurl")):
            told.append(said(str(attachment.get("text") or attachment.get("fallback") or ""), bot_user))
    return "\n".join(text for text in told if text)[:_FORWARDED]


def whole(event: dict[str, Any], bot_user: str) -> str:
    """A message with what was forwarded in it."""
    own, shared = said(str(event.get("text") or ""), bot_user), forwarded(event, bot_user)
    return "\n".join(part for part in (own, shared) if part)
