"""Left-over mark-up in titles and abstracts -> plain text. No word of the text is lost.

Fragments that are LaTeX go through pylatexenc, one fragment at a time: run over a whole
abstract it would take a bare "%" for a comment and drop the rest of the line. Tags of HTML and
JATS go through corpus/tags.py.
"""

import logging
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from corpus.debris import POSSIBLE, finder, without_debris
from corpus.tags import without_tags

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

# Zero-width, bidirectional and tag characters can hide text from a reader; a lone surrogate cannot be stored.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_UNSPOKEN = re.compile(r"[^\w\s\x00-\x7f]{9,}")
MOST_MARKS = 8
"""Accents and the like that one letter may carry: no script needs more, and thousands cover all that stands around."""

CLEANING = "2"
"""Raised when the text of the papers that ship changes: an index takes them up anew."""

_MATH = re.compile(r"\$([^$\n]{1,80})\$")
_MATH_SIGN = re.compile(r"[\\^_{}=<>]|^\s*[A-Za-z0-9]{1,3}\s*$")
_LETTER_COMMAND = {"i": "i", "j": "j", "imath": "i", "jmath": "j"}
_ACCENT = re.compile(
    r"\\(?P<sign>['\"`^~=.]|[cuvHrkdb](?![A-Za-z]))\s*(?:\{\s*(?P<braced>\\?[^\W\d_]\w?\s?)[^\w{}]*\}|(?P<bare>\\[ij](?![A-Za-z])\s?|[^\W\d_]))"
)
_MARKS = {"'": 0x301, '"': 0x308, "`": 0x300, "^": 0x302, "~": 0x303, "=": 0x304, ".": 0x307,
          "c": 0x327, "u": 0x306, "v": 0x30C, "H": 0x30B, "r": 0x30A, "k": 0x328, "d": 0x323, "b": 0x331}  # fmt: skip
_BRACED_LETTER = re.compile(r"\{([^\W\d_a-zA-Z])\}")
_LETTER_NAMES = "aa|AA|ae|AE|oe|OE|o|O|l|L|ss|dh|DH|dj|DJ|ng|NG|th|TH"
_BRACED_LETTERS = re.compile(rf"\{{\\({_LETTER_NAMES}|i|j)\s*\}}")
_LETTERS = re.compile(rf"\\({_LETTER_NAMES})(?![A-Za-z])(?:\{{\}}|\s(?=[a-z]))?")
_SWITCH_NAMES = "|".join(
    (
        "sc em it bf tt rm sf sl bfseries itshape scshape ttfamily rmfamily sffamily slshape upshape mdseries normalfont"
        " relax tiny small large Large footnotesize boldmath centering noindent protect displaystyle textstyle cal mit"
    ).split()
)
_SWITCH = re.compile(rf"\{{\\(?:{_SWITCH_NAMES})(?![A-Za-z])\s*((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}")
_BARE_SWITCH = re.compile(
    rf"\\(?:{_SWITCH_NAMES}|mbox|ensuremath|xspace|left|right|big|Big|bigl|bigr|limits|nolimits|hfill|newline|linebreak)(?![A-Za-z])\s*"
)
_SPACE = re.compile(r"\\[,;: ]|\\(?:q?quad|par|thinspace|newline|linebreak|\\)(?![A-Za-z])\s*|\\\\(?:\[\w+\])?\s*")
_NO_SPACE = re.compile(r"\\[!/\-@]")
_TIE = re.compile(r"~(?:(?<=[\w.,)\]}]~)(?<![/\d]~)(?=[\w(\[{\\$])|(?<=\d~)(?=[A-Za-z(\[\\$])|(?<=[\w.]~)(?=\\?%))")
_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\s*\{((?:[^{}]|\{[^{}]*\})*)\})?")
_ESCAPED = re.compile(r"\\([%&$#_{}])")
_BARE_TEXT = re.compile(r"text(?<=\btext)(?<!\\text)(?:it|tt|bf|sc|rm|sf)\{([^{}]*)\}")
_BARE_EMPH = re.compile(r"emph(?<=\bemph)(?<!\\emph)\{([^{}]*)\}")
_BARE_URL = re.compile(r"url(?<=\burl)(?<!\\url)\{([^{}]*)\}")
_HREF = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TINY = re.compile(r"\{tiny\s+([^{}]*)\}")
_ADDRESS = r"https?://[^\s{}]{1,1000}+"  # with an end: a text of nothing but beginnings is read once for each of them
_DOUBLED_URL = re.compile(rf"({_ADDRESS})\{{\1/?\}}")
_LINK_PAIR = re.compile(rf"\{{?({_ADDRESS})\}}?\{{\[?([^{{}}\]]+)\]?\}}")
_BRACED_WORDS = re.compile(r"\{(?<![\w^_\\!]\{)([^\W\d][\w -]*)\}")
_BRACED_LINK = re.compile(rf"\{{({_ADDRESS})\}}")
_INDEX = re.compile(r"_\{(\w+)\}")
_POWER = re.compile(r"\^\{?([0-9]++)\}?(?!\w*\})")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_CIRCLED_R = re.compile(r"\^circled?R\b")
_QUOTED = re.compile(r"``|''(?!')")
_SINGLE_QUOTED = re.compile(r"(?<![\w`])`([^`'\n]{1,80})'(?![\w'])")

_UNKNOWN_TO_PYLATEXENC = {"textless": "<", "textgreater": ">"}
_BY_NAME = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "LaTeXe": "LaTeX2e",
    "textendash": "–",
    "textemdash": "—",
    "textregistered": "®",
}


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
    if argument and name.startswith("math") and (whole := _latex(match.group(0)).strip()):
        return whole
    text = _BY_NAME.get(name) or _UNKNOWN_TO_PYLATEXENC.get(name) or _latex(f"\\{name}")
    if argument is None:
        apart = " " if len(text) > 1 and text.isalpha() and match.string[: match.start()][-1:].isalnum() else ""
        return apart + text if text.strip() else name
    return f"{text}{argument}" if text.strip() else argument or name


def _document(text: str) -> str:
    """What stands within the document, where the text is a whole one."""
    before, begins, rest = text.partition(r"\documentclass")
    inside, ends, after = rest.partition(r"\begin{document}")[2].partition(r"\end{document}")
    return before + inside + after if begins and ends else text


def _accents(text: str) -> str:
    """Letters with their accents, of any nesting: `{\\~\\^e}`, `{\\v c}`, `\\'\\i`; the inner ones first."""
    for _ in range(4):
        text, changed = _ACCENT.subn(_accented, text)
        if not changed:
            break
    return _BRACED_LETTER.sub(r"\1", text)


def _accented(match: re.Match[str]) -> str:
    inner = (match["braced"] or match["bare"]).strip()
    letter = _LETTER_COMMAND.get(inner[1:], inner[1:]) if inner.startswith("\\") else inner
    return unicodedata.normalize("NFC", f"{letter[0]}{chr(_MARKS[match['sign']])}{letter[1:]}")


def _letters(match: re.Match[str]) -> str:
    return _latex(f"\\{match[1]}").strip()


def _math(match: re.Match[str]) -> str:
    """`$^{2}$` is mathematics; `$120, or $` between two prices is not."""
    inner = match.group(1)
    if not _MATH_SIGN.search(inner):
        return match.group(0)
    return _markup(inner.strip()) or match.group(0)


def _quotes(text: str) -> str:
    """TeX's quotation marks; two primes alone are seconds or inches."""
    if "``" in text:
        text = _QUOTED.sub(lambda m: "“" if m[0] == "``" else "”", text)
    return _SINGLE_QUOTED.sub(r"‘\1’", text)


Rule = str | Callable[[re.Match[str]], str]
_RULES: tuple[tuple[str, re.Pattern[str], Rule], ...] = (
    ("{\\", _BRACED_LETTERS, _letters),
    ("\\", _LETTERS, _letters),
    ("\\", _SWITCH, r"\1"),
    ("\\", _SPACE, " "),
    ("\\", _NO_SPACE, ""),
    ("~", _TIE, lambda m: "" if m.string[m.end() : m.end() + 2].lstrip("\\")[:1] == "%" else " "),
    ("$", _MATH, _math),
    ("\\", _FRACTION, r"\1/\2"),
    ("\\", _HREF, r"\1 (\2)"),
    ("text {", _BARE_TEXT, r"\1"),
    ("emph{", _BARE_EMPH, r"\1"),
    ("url{", _BARE_URL, r"\1"),
    ("http {", _DOUBLED_URL, r"\1"),
    ("http {", _LINK_PAIR, r"\1 (\2)"),
    ("http {", _BRACED_LINK, r"\1"),
    ("\\", _BARE_SWITCH, ""),
    ("\\", _COMMAND, _command),
    ("\\", _ESCAPED, r"\1"),
    ("{", _TINY, r"\1"),
    ("^", _POWER, lambda m: m.group(1).translate(_SUPERSCRIPT)),
    ("{", _INDEX, r"_\1"),
    ("{", _BRACED_WORDS, r"\1"),
    ("^", _CIRCLED_R, "®"),
)
"""What each rule cannot do without, first: most texts have no mark-up, and a plain substring is found in no time."""

_NEEDED = tuple((tuple(signs.split()), pattern, replacement) for signs, pattern, replacement in _RULES)
_SIGNS = ("\\", "~", "$", "{", "^", "`", "<", "&")
"""A text that has none of them needs none of the rules."""


@cache
def _unclean() -> Callable[[str], bool]:
    """Whether anything of a text in ASCII may have to be changed."""
    return finder(rf"[{re.escape(''.join(_SIGNS))}\x00-\x1f\x7f]|  |{POSSIBLE}")


def _markup(text: str) -> str:
    if any(map(text.__contains__, _SIGNS)):
        if "<" in text or "&" in text:
            text = without_tags(text)
        if "\\" in text:
            text = _accents(_document(text))
        for signs, pattern, replacement in _NEEDED:
            if all(map(text.__contains__, signs)):
                text = pattern.sub(replacement, text)
                while pattern is _COMMAND and (inner := pattern.sub(replacement, text)) != text:  # commands within their arguments
                    text = inner
        if "`" in text:
            text = _quotes(text)
    return without_debris(text)


def overloaded(text: str) -> bool:
    """Whether a letter carries more marks than any script needs."""
    return not text.isascii() and any(_fewer_marks(match) != match[0] for match in _UNSPOKEN.finditer(text))


def _fewer_marks(match: re.Match[str]) -> str:
    kept, row = [], 0
    for sign in match[0]:
        row = row + 1 if unicodedata.category(sign).startswith("M") else 0
        if row <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def clean(text: str) -> str:
    """Plain text of `text`: mark-up resolved, control and invisible characters gone, one line.

    `7\\%` -> `7%`, `6.94times` -> `6.94×`, `sim7\\%` -> `~7%`, `\\textit{O}` -> `O`,
    `S$^{2}$FT` -> `S²FT`. Cleaning twice gives the same as cleaning once.
    """
    if text.isascii() and not _unclean()(text):  # most texts
        return text.strip()
    text = _UNSPOKEN.sub(_fewer_marks, unicodedata.normalize("NFC", text))
    if not text.isprintable():
        text = _INVISIBLE.sub("", _CONTROL.sub(" ", text))
    return " ".join(_markup(text).split())
