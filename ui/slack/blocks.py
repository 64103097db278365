"""An Answer in Block Kit: text, numbered sources with quotes, the account line, buttons."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus

from corpus import Paper
from rag.answer import Answer, Citation
from rag.assistant import NO_MODEL
from rag.text import split_sentences
from ui.slack.mrkdwn import escape, link, plain
from ui.slack.split import SECTION, Block, cut, messages, packed_lines, plain_sections, sections

FALLBACK = 300
"""Characters of a message's plain text, which only notifications and screen readers show."""
_TITLE = 240
_SEARCHED = 120
_JOINS = ("", " ", "\n", "\n\n")
_TEXT = "answer"
_ABSTRACT, _MESSAGES = 10_000, 30
"""Characters that are shown of one abstract, and messages that one click brings."""


class Button(StrEnum):
    """Action ids of the buttons."""

    HELPFUL = "paperchat_helpful"
    NOT_HELPFUL = "paperchat_not_helpful"
    ABSTRACTS = "paperchat_abstracts"
    BIBTEX = "paperchat_bibtex"
    SOURCES = "paperchat_sources"
    RETRY = "paperchat_retry"


FEEDBACK = "paperchat_feedback"
"""Action id of Slack's own feedback buttons; their values begin with one of these signs."""

GOOD, POOR = "+", "-"
SHOWN = 3
"""Sources that stand under an answer; a button shows the others."""


def mrkdwn(text: str) -> dict[str, Any]:
    """A text object. `verbatim`: Slack must not turn bare addresses and names into links."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str, block_id: str = "") -> Block:
    """A section of mrkdwn (at most 3,000 characters), shown whole."""
    block: Block = {"type": "section", "text": mrkdwn(text), "expand": True}
    return {**block, "block_id": block_id} if block_id else block


def context(text: str) -> Block:
    """Small grey text."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def _button(action: Button, label: str, value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action.value, "text": {"type": "plain_text", "text": label}, "value": value}


def text_blocks(markdown: str, answer_id: str) -> list[Block]:
    """The answer's text. Block ids mark it as such and say how the sections join, so that `text_of` reads it back."""
    pieces = sections(markdown)
    return [section(text, f"{_TEXT}:{answer_id}:{n}:{_JOINS.index(join)}") for n, (join, text) in enumerate(pieces)]


def text_of(blocks: Sequence[Block]) -> tuple[str, str]:
    """(answer id, Markdown) of the answer's text in a message's blocks, joined to what came before; empty if none."""
    text, answer_id = "", ""
    for block in blocks:
        kind, _, rest = str(block.get("block_id", "")).partition(":")
        if kind == _TEXT and rest.count(":") == 2:
            answer_id, _, join = rest.split(":")
            text += (_JOINS[int(join)] if join in "0123" else "\n") + plain(block["text"]["text"])
    return answer_id, text


def _linked(paper: Paper) -> str:
    """The title, linked to the paper, or to a search for it where no address is known."""
    address = paper.url or f"https://scholar.google.com/scholar?q={quote_plus(paper.title[:_SEARCHED])}"
    return link(address, paper.title if len(paper.title) <= _TITLE else paper.title[:_TITLE] + "…")


def _source(citation: Citation, quoted: bool = True) -> str:
    paper = citation.paper
    known = ", ".join(part for part in (paper.organisation, paper.published) if part)
    title = _linked(paper)
    quote = f"\n      “{cut(citation.quote, SECTION // 3)}”" if citation.quote and quoted else ""
    return f"*[{citation.number}]* {title}{f' ({cut(known, 200)})' if known else ''}{quote}"


def source_blocks(citations: Sequence[Citation], told: str = "") -> list[Block]:
    """Numbered titles with links, each with its quote, unless the text that was `told` holds it already."""
    sources = (_source(one, any(sentence not in told for sentence in split_sentences(one.quote))) for one in citations)
    return [context(text) for text in packed_lines(sources)]


def source_messages(citations: Sequence[Citation]) -> list[list[Block]]:
    """All sources, with their quotes."""
    return messages(source_blocks(citations))


def feedback(answer_id: str, native: bool) -> list[Block]:
    """Slack's own feedback buttons, or, where a message may not hold them, two of ours."""
    if not native:
        return [
            {
                "type": "actions",
                "elements": [_button(Button.HELPFUL, "Helpful", answer_id), _button(Button.NOT_HELPFUL, "Not helpful", answer_id)],
            }
        ]
    both = {
        name: {"text": {"type": "plain_text", "text": label}, "value": f"{sign}{answer_id}", "accessibility_label": label}
        for name, label, sign in (("positive_button", "Helpful", GOOD), ("negative_button", "Not helpful", POOR))
    }
    return [{"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": FEEDBACK, **both}]}]


def buttons(answer_id: str, cited: int, retry: int = 0) -> list[Block]:
    """With citations all sources, abstracts and BibTeX; with `retry`, that other try."""
    elements = [_button(Button.SOURCES, f"All {cited} sources", answer_id)] if cited > SHOWN else []
    if cited:
        elements += [_button(Button.ABSTRACTS, "Show abstracts", answer_id), _button(Button.BIBTEX, "Export BibTeX", answer_id)]
    if retry:
        elements.append(_button(Button.RETRY, "Try again", f"{answer_id}:{retry}"))
    return [{"type": "actions", "elements": elements}] if elements else []


def answer_messages(answer: Answer, answer_id: str, attempt: int = 0, native: bool = True) -> list[list[Block]]:
    """The answer with its first sources, as one message or, where Slack's limits ask for it, several.

    A notice other than that no model is set tells of a model's fault: "Try again" stands beside it.
    """
    return messages(_answer_blocks(answer, answer_id, attempt, native))


def _answer_blocks(answer: Answer, answer_id: str, attempt: int, native: bool) -> Iterator[Block]:
    yield from text_blocks(answer.text, answer_id)
    yield from source_blocks(answer.citations[:SHOWN], answer.text)
    if answer.intent == "papers":
        yield context(cut(f"{answer.account}.", SECTION))
    if answer.notice:
        yield context(cut(f"{answer.notice}.", SECTION))
    yield from buttons(answer_id, len(answer.citations), 0 if answer.notice in (None, NO_MODEL) else attempt + 1)
    yield from feedback(answer_id, native)


def news_messages(question: str, citations: Sequence[Citation], answer_id: str) -> list[list[Block]]:
    """The new papers that answer a standing question."""
    what = "A new paper answers" if len(citations) == 1 else f"{len(citations)} new papers answer"
    head = section(f"{what} “{cut(question, SECTION // 2)}”:")
    return messages([head, *source_blocks(citations), *buttons(answer_id, min(len(citations), SHOWN)), *feedback(answer_id, native=True)])


def working_blocks(status: str, markdown: str = "") -> list[Block]:
    """What stands there until the answer does: its text so far, as much as one message holds, and a line of status."""
    shown = messages(section(text) for _, text in sections(markdown)) if markdown else []
    return [*(shown[0] if shown else []), context(f":hourglass_flowing_sand: {cut(status, 200)}")]


def fault_blocks(sentence: str, answer_id: str, attempt: int) -> list[Block]:
    """One sentence of what went wrong, and a button that tries again."""
    retry = _button(Button.RETRY, "Try again", f"{answer_id}:{attempt + 1}")
    return [section(f":warning: {cut(sentence, 500)}"), {"type": "actions", "elements": [retry]}]


def abstract_messages(citations: Sequence[Citation]) -> list[list[Block]]:
    """Titles and abstracts of the cited papers: whole, but for what no abstract has, and in a bounded number of messages."""
    blocks: list[Block] = []
    for citation in citations:
        abstract = citation.paper.abstract
        blocks.append(section(f"*[{citation.number}]* {_linked(citation.paper)}"))
        blocks += [section(text) for text in plain_sections(abstract[:_ABSTRACT])]
        if len(abstract) > _ABSTRACT:
            blocks.append(context(f"… and {len(abstract) - _ABSTRACT:,} more characters, which the page and `paperchat show` tell."))
    dealt = messages(blocks)
    left = context(f"{len(dealt) - _MESSAGES + 1} more messages are left out; ask for fewer papers at once.")
    return dealt if len(dealt) <= _MESSAGES else [*dealt[: _MESSAGES - 1], [left]]


def fallback(blocks: Sequence[Block]) -> str:
    """The plain text that notifications show for blocks."""
    texts = (block["text"]["text"] for block in blocks if block["type"] == "section")
    return cut(plain(" ".join(texts)).replace("**", ""), FALLBACK) or escape("Paperchat")
