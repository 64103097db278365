"""Splitting by Slack's limits: sections at sentence ends, messages between blocks."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rag.text import split_sentences
from ui.slack.mrkdwn import escape, line_mrkdwn, run_mrkdwn, runs, without_tables

SECTION = 3_000
"""Characters that a text object may hold."""
BLOCKS = 50
"""Blocks that a message may hold."""
MESSAGE = 10_000
"""Characters of a message's blocks as JSON. Slack refuses from about 12,000 on (`msg_blocks_too_long`), uncountably."""

Block = dict[str, Any]
Piece = tuple[str, str]
"""(what joins it to the piece before: a space or line ends, mrkdwn)."""


def cut(text: str, limit: int = SECTION) -> str:
    """Escaped text of at most `limit` characters, cut between words with an ellipsis."""
    if len(shown := escape(text)) <= limit:
        return shown
    return next(parts(text, limit - 1)) + "…"


def parts(text: str, limit: int) -> Iterator[str]:
    """Escaped parts of at most `limit` characters: cut between words, or within one that is longer than that."""
    held = ""
    for word in text.split(" "):
        for fragment in _fragments(word, limit):
            joined = f"{held} {fragment}" if held else fragment
            if len(escape(joined)) > limit:
                yield escape(held)
                joined = fragment
            held = joined
    if held:
        yield escape(held)


def _fragments(word: str, limit: int) -> Iterator[str]:
    """A word whole, or in fragments that fit however much escaping makes them grow."""
    if len(escape(word)) <= limit:
        yield word
        return
    size = max(1, limit // 5)
    for start in range(0, len(word), size):
        yield word[start : start + size]


def _pieces(markdown: str, limit: int) -> Iterator[Piece]:
    join = ""
    for line in without_tables(markdown.split("\n")):
        if not line.strip():
            join = "\n\n" if join else ""
            continue
        shown = line_mrkdwn(line)
        if len(shown) <= limit:
            yield join, shown
        else:
            yield from _sentences(runs(line), join, limit)
        join = "\n"


def _sentences(line: list[tuple[bool, str]], join: str, limit: int) -> Iterator[Piece]:
    for bold, text in line:
        join = " " if join == "" and text[:1].isspace() else join
        for sentence in [text] if bold else split_sentences(text):
            shown = run_mrkdwn(bold, sentence.strip())
            for part in [shown] if len(shown) <= limit else parts(sentence, limit):
                yield join, part
                join = " "
        join = " " if text[-1:].isspace() else ""


def sections(markdown: str, limit: int = SECTION) -> list[Piece]:
    """Markdown as mrkdwn sections of at most `limit` characters, cut at line ends, else at sentence ends.

    A single sentence that is longer is cut between words. The joins give the text back.
    """
    return _packed(_pieces(markdown, limit), limit)


def plain_sections(text: str, limit: int = SECTION) -> list[str]:
    """Text that is no Markdown, in escaped sections cut at sentence ends."""
    return [shown for _, shown in _packed(_sentences([(False, text)], "", limit), limit)]


def _packed(pieces: Iterable[Piece], limit: int) -> list[Piece]:
    packed: list[Piece] = []
    for join, shown in pieces:
        if packed and len(packed[-1][1]) + len(join) + len(shown) <= limit:
            first, held = packed[-1]
            packed[-1] = (first, held + join + shown)
        else:
            packed.append((join, shown))
    return packed


def packed_lines(lines: Iterable[str], limit: int = SECTION) -> list[str]:
    """Lines, each within the limit, joined into as few texts as hold them."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= limit:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    return texts


def messages(blocks: Iterable[Block]) -> list[list[Block]]:
    """Blocks dealt into messages that Slack accepts, in order."""
    dealt: list[list[Block]] = []
    size = 0
    for block in blocks:
        length = len(json.dumps(block, ensure_ascii=False))
        if not dealt or len(dealt[-1]) == BLOCKS or size + length > MESSAGE:
            dealt.append([])
            size = 0
        dealt[-1].append(block)
        size += length
    return dealt
