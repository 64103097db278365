"""Between Markdown and Slack's mrkdwn; nothing that a paper or a person wrote takes effect as mark-up.

Slack reads `&`, `<` and `>` as control characters: escaped as entities they can neither ping
(`<!channel>`, `<@U1>`) nor link (`<url|text>`). The signs of bold, italics, strike and code have
no escape, so they become look-alikes, and `plain` turns them back.
"""

import re
from urllib.parse import quote, urlsplit

from ui.slack.reading import said as said  # what people wrote, beside what is written to them

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_LOOK_ALIKES = {"*": "∗", "~": "∼", "`": "ˋ", "_": "ˍ"}
_SIGN = re.compile(r"[*~`]|(?<!\w)_|_(?!\w)")
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]+:)")
_COLON = "∶"
_URL = 500
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"^(\s*)[-*+] ")


def _is_rule(line: str) -> bool:
    """Whether this is the line under a table's head."""
    return "-" in line and not set(line) - set("-:| \t\r")


def escape(text: str) -> str:
    """Text that Slack shows as it is: no ping, link, emoji or style comes out of it."""
    text = _CONTROL.sub("", text)
    for sign, entity in _ENTITIES:
        text = text.replace(sign, entity)
    text = _SIGN.sub(lambda match: _LOOK_ALIKES[match[0]], text)
    return _EMOJI.sub(_COLON, text)


def plain(mrkdwn: str) -> str:
    """The Markdown that `markdown_line` turned into this; for reading back the bot's own messages."""
    text = re.sub(r"(?m)^(\s*)• ", r"\1- ", mrkdwn)
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"**\1**", text)
    for sign, look_alike in _LOOK_ALIKES.items():
        text = text.replace(look_alike, sign)
    return unescape(text.replace(_COLON, ":"))


def unescape(text: str) -> str:
    """Entities -> characters."""
    for sign, entity in reversed(_ENTITIES):
        text = text.replace(entity, sign)
    return text


def link(url: str | None, label: str) -> str:
    """`<url|label>`; only the label where the address is no plain http(s) one, or a very long one."""
    shown = escape(" ".join(label.split()))
    if not url or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        return shown
    safe = quote(url, safe="/:?#[]@!$'()*+,;=%&~-._").replace("&", "&amp;")
    return f"<{safe}|{shown}>" if len(safe) <= _URL else shown


def runs(line: str) -> list[tuple[bool, str]]:
    """A Markdown line as (bold?, text) pieces."""
    pieces, end = [], 0
    for match in _BOLD.finditer(line):
        if match.start() > end:
            pieces.append((False, line[end : match.start()]))
        pieces.append((True, match[1]))
        end = match.end()
    return [*pieces, (False, line[end:])] if end < len(line) else pieces


def run_mrkdwn(bold: bool, text: str) -> str:
    """One piece of a line in mrkdwn."""
    if not bold or not text.strip():
        return escape(text)
    return f"*{escape(text.strip())}*"


def line_mrkdwn(line: str) -> str:
    """One line of Markdown (bold and list marks) in mrkdwn."""
    mark = _ITEM.match(line)
    body = line[mark.end() :] if mark else line
    return (f"{mark[1]}• " if mark else "") + "".join(run_mrkdwn(bold, text) for bold, text in runs(body))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def without_tables(lines: list[str]) -> list[str]:
    """Markdown lines with each table row as a list item, `- **row**: column: cell; ...`; mrkdwn has no tables."""
    out: list[str] = []
    header: list[str] | None = None
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if "|" not in line:
            header = None
            out.append(line)
        elif header is None and "|" in following and _is_rule(following):
            header = _cells(line)
        elif header is not None and _is_rule(line):
            continue
        elif header is not None:
            first, *rest = _cells(line)
            told = "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(header[1:], rest, strict=False) if cell)
            out.append(f"- **{first.replace('**', '')}**" + (f": {told}" if told else ""))
        else:
            out.append(line)
    return out
