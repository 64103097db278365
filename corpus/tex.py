"""LaTeX of BibTeX fields -> plain text: what is escaped stays as it is, the rest is mark-up, braces only protect capitals."""

import re

from corpus.clean import clean

_LITERAL = {
    r"\%": "%", r"\&": "&", r"\#": "#", r"\_": "_", r"\{": "{", r"\}": "}", r"\$": "$",
    "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~", "textasciicircum": "^",
    "textunderscore": "_",
    "textdollar": "$", "textless": "<", "textgreater": ">", "textbar": "|", "textquotesingle": "'", "textasciigrave": "`",
    "textquotedbl": '"',
    "lbrace": "{", "rbrace": "}", "backslash": "\\",
}  # fmt: skip
_HELD = {character: chr(0xE100 + number) for number, character in enumerate(dict.fromkeys(_LITERAL.values()))}
"""Signs of a private-use area stand for what was escaped while mark-up is resolved."""

_BACK = str.maketrans({held: character for character, held in _HELD.items()})
_COMMANDS = "|".join(name for name in _LITERAL if name[0] != "\\")
_NAMED = re.compile(rf"\{{\\({_COMMANDS})\s*\}}|\\({_COMMANDS})(?![A-Za-z])(?:\{{\}}|\s(?!\s))?")
_SIGN = re.compile(r"\\([%&#_{}$])")
_BRACES = re.compile(r"[{}]")


def from_tex(text: str) -> str:
    """Plain text of a field of a BibTeX entry."""
    if not text:
        return ""
    if "\\" in text:
        text = _NAMED.sub(lambda m: _HELD[_LITERAL[m[1] or m[2]]], text)
        text = _SIGN.sub(lambda m: _HELD[m[1]], text)
    plain = clean(text)
    return " ".join(_BRACES.sub("", plain).translate(_BACK).split())


def to_tex(text: str) -> str:
    """Text as a BibTeX field: `from_tex` of it is the text again. Braces by name: BibTeX counts even escaped ones."""
    return "".join(_WRITTEN.get(character, character) for character in text)


_WRITTEN = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}", "~": r"{\textasciitilde}", "^": r"{\textasciicircum}",
    "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$", "<": r"{\textless}", ">": r"{\textgreater}", "`": r"{\textasciigrave}",
    '"': r"{\textquotedbl}", "\n": " ", "\r": " ", "\t": " ",
}  # fmt: skip


def braces_of(text: str) -> bool:
    """Whether one pair of braces holds the whole text: `{Barnes and Noble}`, and not `{A} and {B}`."""
    if not (text.startswith("{") and text.endswith("}")) or text.startswith("{\\"):
        return False
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0 and at < len(text) - 1:
            return False
    return depth == 0
