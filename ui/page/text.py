"""Text of papers, models and users as safe HTML: nothing in it can become mark-up, a link or a script."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from rag.text import split_sentences

_MARKER = re.compile(r"\[(\d{1,4})\]")
_ISO = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?\b")
_BYLINE = re.compile(r" \((?:[^()]*, )?(?:19|20)\d\d-\d\d(?:-\d\d)?\)")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_OFF = ["link", "image", "autolink", "html_inline", "html_block", "reference", "heading", "lheading"]


def citation_button(number: int, title: str) -> str:
    """`[3]` as a button that opens its source; the page's script listens for it."""
    label = escape(f"Source {number}: {title}")
    return f'<button type="button" class="pc-cite" data-cite="{number}" aria-label="{label}" title="{escape(title)}">{number}</button>'


def _text(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Mapping[str, Any]) -> str:
    """Escaped text in which the markers of known sources are buttons; an unknown marker stays text."""
    titles: Mapping[int, str] = env.get("titles", {})
    pieces = []
    content = tokens[at].content
    content = _BYLINE.sub(lambda match: dates_in_words(match[0]), content)
    for place, piece in enumerate(_MARKER.split(content)):
        if place % 2 == 0:
            pieces.append(escape(piece))
        else:
            pieces.append(citation_button(int(piece), titles[int(piece)]) if int(piece) in titles else f"[{piece}]")
    return "".join(pieces)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_OFF)
    markdown.add_render_rule("text", _text)
    return markdown


def answer_html(text: str, titles: Mapping[int, str]) -> str:
    """An answer's Markdown (paragraphs, lists, tables, bold, code) as HTML; `titles` by citation number."""
    return str(_markdown().render(text, {"titles": titles}))


def marked(abstract: str, quote: str) -> str:
    """The abstract, escaped, with the quote highlighted where it stands."""
    at = abstract.find(quote) if quote else -1
    if at < 0:
        return escape(abstract)
    end = at + len(quote)
    return f"{escape(abstract[:at])}<mark>{escape(quote)}</mark>{escape(abstract[end:])}"


def where(abstract: str, quote: str) -> tuple[int, int]:
    """(which sentence the quote begins in, of how many), from 1; 0 when it is not in the abstract."""
    sentences = split_sentences(abstract)
    at, end = abstract.find(quote) if quote else -1, 0
    for number, sentence in enumerate(sentences, 1):
        end = abstract.find(sentence, end) + len(sentence)
        if 0 <= at < end:
            return number, len(sentences)
    return 0, len(sentences)


def date_text(published: str | None) -> str:
    """`2025-09-30` -> `30 Sep 2025`, `2025-09` -> `Sep 2025`; empty when unknown."""
    year, _, rest = (published or "").partition("-")
    month, _, day = rest.partition("-")
    if not month.isdigit() or not 1 <= int(month) <= 12:
        return year
    return " ".join(part for part in (day.lstrip("0"), _MONTHS[int(month) - 1], year) if part)


def dates_in_words(text: str) -> str:
    """ISO dates -> the form of the page."""
    return _ISO.sub(lambda match: date_text(match[0]), text)


_ICONS = {
    "copy": '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h9"/>',
    "retry": '<path d="M4 12a8 8 0 1 0 2.6-5.9"/><path d="M4 4v4h4"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16z"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1"/><path d="M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1"/>',
    "like": '<path d="M7 11v9H4v-9zM7 11l4-7a2 2 0 0 1 3 2l-1 4h5a2 2 0 0 1 2 2.4l-1.4 6A2 2 0 0 1 16.600 20H7"/>',
    "dislike": '<path d="M17 13V4h3v9zM17 13l-4 7a2 2 0 0 1-3-2l1-4H6a2 2 0 0 1-2-2.400l1.400-6A2 2 0 0 1 7.400 4H17"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "out": '<path d="M14 5h5v5M19 5l-8 8M11 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-5"/>',
    "pencil": '<path d="M4 20h4L19 9l-4-4L4 16z"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "calendar": '<path d="M5 6h14v14H5zM5 10h14M9 3v4M15 3v4"/>',
    "topic": '<path d="M4 7h10l6 5-6 5H4z"/>',
    "sources": '<path d="M5 4h10l4 4v12H5zM9 12h6M9 16h6"/>',
}


def icon(name: str) -> str:
    """A small drawn icon; decoration only, so hidden from screen readers."""
    return f'<svg class="pc-icon" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>'


def button(name: str, label: str, action: str, *, text: str = "", pressed: bool | None = None, **data: object) -> str:
    """A quiet button with an icon; `action` and `data` become data attributes for the page's script."""
    attributes = "".join(f' data-{key}="{escape(str(value))}"' for key, value in data.items())
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    said = f'aria-label="{escape(label)}" title="{escape(label)}"'
    return (
        f'<button type="button" class="pc-act" data-action="{action}" {said}{state}{attributes}>'
        f"{icon(name)}{f'<span>{escape(text)}</span>' if text else ''}</button>"
    )
