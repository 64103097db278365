"""Citation markers that share their brackets with a name: `[FastDraft, 2]`, `[Smith et al. 2024, 3]`, `[Lee 3]`, `[FastDraft][2]`.

The name goes with the brackets, except where the sentence needs it: "[FastDraft, 2] drafts tokens".
"""

import re
from collections.abc import Callable

_NAME = r"[^\W\d](?:[^\[\]【】()（）;:#\n]|: (?=[^\W\d])){1,60}?"
_N = r"#?\d{1,3}(?!\d)"
_SURE = re.compile(
    rf"(?P<name>{_NAME})\s*(?:[,:]|\s[-–—])\s*(?P<n>{_N}(?:\s*,\s*{_N})*)|(?P<name2>{_NAME})\s*(?:#(?P<n2>\d{{1,3}})|[(（](?P<n3>{_N})[)）])"
    rf"|(?P<n4>{_N})\s*(?:[,:]|\s[-–—])\s*(?P<name4>[^\W\d_a-z][^\[\]【】()（）;:#\n]{{2,60}})"
)
_LOOSE = re.compile(
    r"(?P<name>[^\W\d_a-z][\w.’'-]{2,30}(?: et al\.?)?)[ \u00a0](?P<n>\d{1,3})|(?P<n2>\d{1,3}) (?P<name2>[^\W\d_a-z][\w-]{2,30})"
)
_BRACKETS = re.compile(r"[\[【［]\s*(?P<inside>[^\[\]【】［］\n]{3,90}?)\s*[\]】］]")
_INNER = re.compile(rf"[\[【(（]\s*({_NAME})[\s,:–-]{{0,3}}[\[【]({_N})[\]】]\s*[\]】)）]")
_REFERENCE = re.compile(rf"\[({_NAME})\](\[\d{{1,3}}\])")
_TELLS_NOTHING = re.compile(
    r"(?:table|figure|fig\.?|section|sec\.?|eq\.?|equation|step|algorithm|level|type|stage|phase|version|layer|case|top|pages?|lines?|part"
    r"|chapter|appendix|theorem|lemma|january|february|march|april|may|june|july|august|september|october|november|december)",
    re.IGNORECASE,
)
_NEEDS_A_WORD = re.compile(
    r"(?:^|\b(?:and|or|by|of|in|with|than|from|to|that|like|as|unlike|for|both|while|but|whereas))[\s*•>-]*$", re.IGNORECASE
)
_OF_PAPERS = re.compile(r"(?:@?(?:papers?|sources?|docs?|documents?|refs?|references?|cit\w*|see|cf)\b.?\s*)+", re.IGNORECASE)

Known = Callable[[str], bool]


def beside(text: str, count: int) -> str:
    """The text with the markers of `count` papers alone where a comma, a colon or the like parts them from a name."""
    text = _INNER.sub(lambda found: _told(found, found[1], [found[2]], count), text)
    text = _REFERENCE.sub(lambda found: f"{found[1]} {found[2]}" if _needed(found) else found[2], text)
    return _BRACKETS.sub(lambda found: _parted(found, count), text)


def beside_loosely(text: str, count: int, known: Known) -> str:
    """The same where only a blank parts them, `[Smith 3]`, unless the whole is a name that the papers have: `[Llama 3]`."""
    return _BRACKETS.sub(lambda found: _loosely(found, count, known), text)


def _parted(found: re.Match[str], count: int) -> str:
    parts = [_SURE.fullmatch(part.strip()) for part in found["inside"].split(";")]
    if not all(parts):
        return found[0]
    read = [part for part in parts if part]
    name = next(part["name"] or part["name2"] or part["name4"] for part in read)
    if _OF_PAPERS.match(name) or any(_TELLS_NOTHING.fullmatch(part["name"] or part["name2"] or part["name4"]) for part in read):
        return found[0]
    return _told(found, name, [n for part in read for n in re.findall(r"\d+", part["n"] or part["n2"] or part["n3"] or part["n4"])], count)


def _loosely(found: re.Match[str], count: int, known: Known) -> str:
    parts = [_LOOSE.fullmatch(part.strip()) for part in found["inside"].split(";")]
    read = [part for part in parts if part]
    if len(read) < len(parts) or any(_TELLS_NOTHING.fullmatch(part["name"] or part["name2"]) or known(part[0]) for part in read):
        return found[0]
    numbers = [part["n"] or part["n2"] for part in read]
    if not all(1 <= int(n) <= count for n in numbers):
        return found[0]
    return _told(found, read[0]["name"] or read[0]["name2"], numbers, count)


def _told(found: re.Match[str], name: str, numbers: list[str], count: int) -> str:
    told = "".join(f"[{n}]" for n in dict.fromkeys(int(n.lstrip("#")) for n in numbers) if 1 <= n <= count)
    return f"{name.strip(' ,')} {told}".strip() if _needed(found) else told


def _needed(found: re.Match[str]) -> bool:
    """Whether the sentence has no other word where the brackets stand."""
    before, after = found.string[: found.start()][-60:], found.string[found.end() :]
    return bool(_NEEDS_A_WORD.search(before) and re.match(r"\*{0,2}\s+[^\W\d_A-Z]", after))
