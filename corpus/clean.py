"""Left-over mark-up in titles and abstracts -> plain text. No word of the text is lost.

Fragments that are LaTeX go through pylatexenc, one fragment at a time: run over a whole
abstract it would take a bare "%" for a comment and drop the rest of the line.
"""

import logging
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

# Zero-width, bidirectional and tag characters can hide text from a reader; a lone surrogate cannot be stored.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_MATH = re.compile(r"\$([^$\n]{1,80})\$")
_MATH_SIGN = re.compile(r"[\\^_{}=<>]|^\s*[A-Za-z0-9]{1,3}\s*$")
_ACCENT = re.compile(r"\\(?:['\"`^~=.](?:\{\\?[A-Za-z]\}|\\?[A-Za-z])|[cuvHrk]\{[A-Za-z]\})")
_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\s*\{([^{}]*)\})?")
_ESCAPED = re.compile(r"\\([%&$#_{}])")
_BARE_COMMAND = re.compile(r"(?<!\\)\b(?:text(?:it|tt|bf|sc|rm|sf)|emph|url)\{([^{}]*)\}")
_HREF = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TINY = re.compile(r"\{tiny\s+([^{}]*)\}")
_DOUBLED_URL = re.compile(r"(https?://[^\s{}]+)\{\1/?\}")
_LINK_PAIR = re.compile(r"(https?://[^\s{}]+)\}?\{\[?([^{}\]]+)\]?\}")
_BRACED_WORDS = re.compile(r"(?<![\w^_\\!])\{([^\W\d][\w -]*)\}")
_INDEX = re.compile(r"_\{(\w+)\}")
_POWER = re.compile(r"\^\{?([0-9]+)\}?(?!\w*\})")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TIMES = re.compile(r"(?<=\d)\s?times\b|(?<=[A-Z]{2})times(?=[A-Z])")
_SIM = re.compile(r"sim(?<=\bsim)(?= ?\d)")  # begins with its letters: three times as fast as by what is before them
_CIRCLED_R = re.compile(r"\^circled?R\b")

_UNKNOWN_TO_PYLATEXENC = {"textless": "<", "textgreater": ">"}


@cache
def _converter() -> "LatexNodes2Text":
    from pylatexenc.latex2text import LatexNodes2Text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns of every command that lacks its argument
    return LatexNodes2Text(math_mode="text", keep_comments=True)


@lru_cache(maxsize=4_096)
def _latex(fragment: str) -> str:
    """The fragment's text; empty for a command that is nothing without arguments (`\\href`, `\\frac`)."""
    try:
        text = str(_converter().latex_to_text(fragment))
    except Exception:  # whatever the command's handler met; the text comes from outside
        return ""
    return "" if "%s" in text or text.startswith("<") else text


def _command(match: re.Match[str]) -> str:
    """A known command becomes its text; of an unknown one (`\\mname`) the name is kept."""
    name, argument = match.group(1), match.group(2)
    text = _UNKNOWN_TO_PYLATEXENC.get(name) or _latex(f"\\{name}")
    if argument is None:
        return text if text.strip() else name
    return f"{text}{argument}" if text.strip() else argument or name


def _math(match: re.Match[str]) -> str:
    """`$^{2}$` is mathematics; `$120, or $` between two prices is not."""
    inner = match.group(1)
    if not _MATH_SIGN.search(inner):
        return match.group(0)
    return _markup(inner.strip()) or match.group(0)


_RULES: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("\\", _ACCENT, lambda m: _latex(m.group(0))),
    ("$", _MATH, _math),
    ("\\", _FRACTION, r"\1/\2"),
    ("\\", _HREF, r"\1 (\2)"),
    ("{", _BARE_COMMAND, r"\1"),
    ("{", _DOUBLED_URL, r"\1"),
    ("{", _LINK_PAIR, r"\1 (\2)"),
    ("\\", _COMMAND, _command),
    ("\\", _ESCAPED, r"\1"),
    ("{", _TINY, r"\1"),
    ("^", _POWER, lambda m: m.group(1).translate(_SUPERSCRIPT)),
    ("{", _INDEX, r"_\1"),
    ("{", _BRACED_WORDS, r"\1"),
    ("^", _CIRCLED_R, "®"),
)
"""What each rule cannot do without, first: most texts have no mark-up, and a plain substring is found in no time."""

_SIGNS = tuple(dict.fromkeys(sign for sign, _, _ in _RULES))


def _markup(text: str) -> str:
    if any(map(text.__contains__, _SIGNS)):
        for sign, pattern, replacement in _RULES:
            if sign in text:
                text = pattern.sub(replacement, text)
    if "times" in text:  # here and below: what mark-up left behind when its signs were lost
        text = _TIMES.sub("×", text)
    return _SIM.sub("~", text) if "sim" in text else text


def clean(text: str) -> str:
    """Plain text of `text`: mark-up resolved, control and invisible characters gone, one line.

    `7\\%` -> `7%`, `6.94times` -> `6.94×`, `sim7\\%` -> `~7%`, `\\textit{O}` -> `O`,
    `S$^{2}$FT` -> `S²FT`. Cleaning twice gives the same as cleaning once.
    """
    text = unicodedata.normalize("NFC", text)
    printable = text.isprintable()
    if not printable:
        text = _INVISIBLE.sub("", _CONTROL.sub(" ", text))
    plain = _markup(text)
    if printable and plain == text and "  " not in text:  # nothing is left to do, which is quicker seen than done
        return plain.strip()
    return " ".join(plain.split())
