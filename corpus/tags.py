"""Tags and entities of HTML, JATS and MathML, as abstracts of Crossref, PubMed and Zotero hold them -> plain text."""

import html
import re

_INLINE = "i|b|em|strong|sub|sup|u|s|small|big|span|a|italic|bold|sc|scp|tt|code|font|abbr|inf|monospace|underline|strike|roman|sans-serif|named-content|styled-content|ext-link|xref|inline-formula|tex-math|alternatives|inline-graphic|mml:[\\w]+|m:[\\w]+|math|mi|mn|mo|mrow|msub|msup|mtext|msubsup|mfrac|mover|munder|msqrt|mspace|mstyle|semantics|annotation"  # noqa: E501
_BLOCK = "p|br|div|h[1-6]|li|ul|ol|dl|dt|dd|sec|title|abstract|label|list|list-item|disp-formula|disp-quote|blockquote|section|header|hr|table|tr|td|th|tbody|para|abstracttext|body|html"  # noqa: E501
_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*"
_HEADING = re.compile(
    rf"<(?:jats:)?(title|h[1-6]|b|strong|label){_ATTRIBUTES}>\s*(?:abstract|summary)\s*[:.]?\s*</(?:jats:)?\1\s*>", re.IGNORECASE
)
_INLINE_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE})(?:{_ATTRIBUTES}/?|\s*/)>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:jats:)?(?:{_BLOCK})(?:{_ATTRIBUTES}/?|\s*/)>", re.IGNORECASE)
_POWER = re.compile(r"<(?:jats:)?sup>\s*([-−+]?\d{1,4})\s*</(?:jats:)?sup>", re.IGNORECASE)
_RAISED = str.maketrans("0123456789-−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INSTRUCTION = re.compile(r"<\?[\w-][^<>]*\?>")
_ENTITY = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+")
_CLOSED_UP = re.compile(r"\s{1,4}([.,;:!?)\]])(?=\s|$)")


def without_tags(text: str) -> str:
    """The text without them. What only looks like a tag (`a <b and c`, `x<y>z`) stays."""
    if "&" in text:
        text = _AMPERSANDS.sub("&", _ENTITY.sub(_character, text))
    if "<" not in text or (">" not in text):
        return text
    text = _closed(_COMMENT, "-->", " ", _closed(_CDATA, "]]>", r"\1", text))
    text = _HEADING.sub(" ", _INSTRUCTION.sub(" ", text))
    text = _POWER.sub(lambda m: m[1].translate(_RAISED), text)  # 10<sup>3</sup> is not 103
    text = _INLINE_TAG.sub("", text)
    text, blocks = _BLOCK_TAG.subn(" ", text)
    return _CLOSED_UP.sub(r"\1", text) if blocks else text


def _closed(pattern: re.Pattern[str], end: str, replacement: str, text: str) -> str:
    """Replaced up to the last end: looked for past it, each beginning without one would be searched to the end of the text."""
    at = text.rfind(end) + len(end)
    return pattern.sub(replacement, text[:at]) + text[at:] if at >= len(end) else text


def _character(match: re.Match[str]) -> str:
    entity = f"&{match[1]};"
    character = html.unescape(entity)
    return character if character != entity and "\0" not in character else match[0]
