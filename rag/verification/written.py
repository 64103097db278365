"""Citation markers as models write them, read into one form: `[3]`.

A number is a marker where it stands in brackets of any kind, raised, or after a word such as
"paper" or "source", and names one of the papers of the prompt. What of a marker names none
is taken out; a number that is no marker stays as it is.
"""

import re
import unicodedata
from collections.abc import Sequence
from html import unescape

from rag.verification.beside import beside

_DASH = r"(?:[-\u2010-\u2015\u2212\ufe63\uff0d~]|\.{2,3}|…)"
_WORD = (
    r"(?:@?(?:papers?|sources?|docs?|documents?|ref(?:erence)?s?|cit(?:e|ation|ations|ed)?|abstracts?|articles?|works?|stud(?:y|ies)|results?"
    r"|contexts?|chunks?|snippets?|excerpts?|evidence|footnotes?|notes?|links?|entr(?:y|ies)|items?|records?|passages?|ids?|index|nos?"
    r"|numbers?|n|see|cf|both|№|[spdrc](?=\d)|文献|文獻|论文|論文|参考|來源|来源|出典|引用|文档|참고|출처|문헌|논문)(?![a-z])[\s.:=#_-]*+)"
)
_N = r"[#^*@]{0,3}\s*\d{1,3}\*{0,2}"
_POSITION = (
    r"(?:\s*(?:[:†§@][^\[\]【】()（）]{0,60}|\|(?!\s*\d)[^\[\]【】()（）]{0,60}|[↩↗↑⤴]\ufe0f?|\.(?![.\d])|[(（][^()（）\[\]]{0,40}[)）]"
    r"|[,;]?\s*(?:pp?\.|pages?|lines?|L\d|sentences?|sent\.|sec(?:tion|\.)|abstract|title|para(?:graph)?|quote)[^\[\]【】()（）]{0,40}))?"
)
_AND = r"(?:and|or|to|through|thru|und|et|и)"
_LIST = (
    rf"#?{_WORD}*+{_N}{_POSITION}(?:(?:\s*(?:[,;/&+|、，；]|{_DASH}|{_AND}|,\s*and)\s*|\s+(?=\d)){_WORD}*+{_N}{_POSITION})*"
    r"|[^\W\d][\w-]{1,30}(?: [^\W\d][\w-]{0,19}){0,3}, ?\d{1,3}"
)
_BESIDE = re.compile(r"[^\W\d][\w-]{1,30}(?: [^\W\d][\w-]{0,19}){0,3}, ?\d{1,3}")
_OPEN, _CLOSE = r"[\[\(\{（［【〔〖「『⟦❲<⟨‹«⁽]", r"[\]\)\}）］】〕〗」』⟧❳>⟩›»⁾]"

_LINKED = re.compile(r"(?P<mark>\\?\[\\?\[?[^\[\]]{1,40}\\?\]?\\?\])\((?:(?:https?:|#|www\.)[^)\s]*)?\)")
_BRACKETED = re.compile(
    rf"(?P<lead>(?:\*\*|\*|__|_|`)?\\?\^?)(?P<open>{_OPEN})(?P<second>{_OPEN})?\\?\s*(?P<list>{_LIST})\s*\^?\\?(?P<close>{_CLOSE})"
    rf"(?(second){_CLOSE})\^?(?P<tail>\*\*|\*|__|_|`)?",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\{\s*[\"']?(?:n|id|paper|source|citation|doc)[\"']?\s*:\s*[\"']?(\d{1,3})[\"']?\s*\}|<\|?cit\w*[_: ]?(\d{1,3})\|?>", re.I
)
_ELEMENT = re.compile(
    r"<((?!(?:sub|b|strong|i|em|u|td|th|li|p|code)\b)[a-z][a-z-]{0,15})\b[^<>]{0,120}>\s*+((?:[^<>]|<(?!/?\1)[^<>]{0,60}>){0,80}?)\s*</\1>|"
    r"<(?:cite|ref|citation|source)\b[^<>]{0,20}?(?:id|n|src|ref|paper|doc)\s*=\s*[\"']?(\d{1,3})[\"']?\s*/?>",
    re.IGNORECASE,
)
_TEX = re.compile(
    r"\$?\^\{\s*(\[?[\d,;\s-]{1,20}\]?)\s*\}\$?|\$\^(\d{1,3})\$|~?\\(?:cite|footnote|textsuperscript)\w*\{([^{}]{1,60})\}"
    r"|\^(\d{1,3}(?:\s*,\s*\d{1,3})*)\^"
)
_PRIVATE = re.compile(
    r"[\ue200-\ue20f]cite[^\ue201]{0,200}\ue201|[\ue200-\ue20f][^\s\ue200-\ue20f]{0,60}|:contentReference\[[^\]]{0,60}\]\{[^}]{0,60}\}"
)
_RAISED = re.compile(r"(?<=[\w.,;:!?%)\]”\"'×])[ \u2009]?([⁰¹²³⁴-⁹]{1,3}(?:[\s,˒⸴ʼ'᾽⁻–-]{1,2}[⁰¹²³⁴-⁹]{1,3})*)(?=[\s.,;:!?)\]|]|$)")
_CIRCLED = re.compile(r"(?<=[\w.,;:!?%)\]”\"']) ?[①-⑳⓵-⓾❶-➓]|(?<=[①-⑳⓵-⓾❶-➓])[\s,、]*[①-⑳⓵-⓾❶-➓]")
_KEYCAP = re.compile(r"(?<!\w)(\d)\ufe0f?\u20e3")
_ENCLOSED = re.compile(r"⁽([⁰¹²³⁴-⁹]{1,3})⁾")
_NAMED = re.compile(
    r"(?:\*\*)?\b(?:papers?|sources?|documents?|docs?|references?|abstracts?)[ \u00a0]?(?:#|no\.? ?|№ ?)?(\d{1,3})\b(?![.,]\d|\s?(?:%"
    r"|x\b|×|times))(?:\*\*)?",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\b(?:table|figure|fig\.?|section|sec\.?|eq\.?|equation|step|algorithm|level|type|stage|phase|version|layer|case)\s*$", re.I
)
_PARTICLE = re.compile(r"\b(?:of|in|on|at|by|to|for|with|from|the|a|an|and|or|than|is|are|has|have|into|as|\d+)\s*$", re.IGNORECASE)
_JOINED = re.compile(r"(\[\d{1,3}\])\s*(?:,?\s*(?:and|or|plus|as well as|along with)\b|[,;&/、，；])\s*(?=\[\d{1,3}\])", re.IGNORECASE)
_LED = re.compile(r"(?<=\S)[ \t]+(?:[—–→⇒]|->|--?)[ \t]*(?=\[\d{1,3}\])")
_QUOTED = re.compile(r"(?:\*\*|__|[“\"«‘\[$])((?:\[\d{1,3}\])+)(?:\*\*|__|[”\"»’\]$])")
_CALLED = re.compile(
    r"[(（]\s*(?:(?:from|per|by|in|both|via|according to|based on|as in|as (?:shown|reported|stated|described) (?:in|by)|source"
    r"|see)[:\s]+)+"
    r"(?=(?:the )?(?:papers?|sources?|docs?|documents?|refs?|references?|abstracts?)\b)(?:the )?",
    re.IGNORECASE,
)
_COLLECTION = re.compile(
    r"(?:\b(?:list|array|vector|sequence|set|tensor|shape|interval|range|values?|matrix|tuple)|[∈=])\s*$", re.IGNORECASE
)
_WRAPPED = re.compile(
    r"[(（]\s*(?:(?:see|cf\.?|e\.g\.,?|as in|from|per|both|sources?|refs?\.?|papers?)[:,]?\s*)*((?:\[\d{1,3}\]\s*)+)[)）]", re.IGNORECASE
)
_ACROSS = re.compile(rf"\[(\d{{1,3}})\]\s*(?:{_DASH}|to|through)\s*\[(\d{{1,3}})\]")
_EMPTY = re.compile(
    r"\s{0,4}(?:\[\s{0,4}\]|\(\s{0,4}\)|【[^【】]{0,80}】|\[(?:citation|source|ref(?:erence)?|paper|doc)s?(?: needed| \?)?\]|†\w*)",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"[\ue200-\ue20f]")
_DIGITS = {ord(sign): str(unicodedata.digit(sign)) for sign in "⁰¹²³⁴⁵⁶⁷⁸⁹"}
_MOST_OF_RANGE = 20
_MAY_MARK = re.compile(r"[^\x00-\x7f]|[\])}>^;]|\\\\")
_OPENING, _CLOSING = "[(（［【〔⟦<\ue200", "])）］】〕⟧>\ue201"
_TAIL = re.compile(
    r"(?:&#?\w{0,6}|[\s⁰¹²³⁴-⁹①-⑳⓵-⓾❶-➓,、-]{0,40}[⁰¹²³⁴-⁹①-⑳⓵-⓾❶-➓][\s⁰¹²³⁴-⁹①-⑳⓵-⓾❶-➓,、-]{0,40}|[$^\\\\]{1,2}\{?[\w,]{0,12}\}?\$?"
    r"|:contentRef\w*)$"
)
_LONGEST = 90
"""Characters that a marker may have; what is open for longer is none."""


def canonical(text: str, count: int) -> str:
    """The text with every marker that names one of `count` papers as `[3]`, and no remains of any other."""
    if not _MAY_MARK.search(text):
        return text
    text = unescape(text) if "&" in text else text
    text = _LINKED.sub(lambda found: found["mark"] if re.search(r"\d", found["mark"]) else found[0], text)
    text = _KEYCAP.sub(r"[\1]", _ENCLOSED.sub(r"\1", _OBJECT.sub(lambda found: f"[{found[1] or found[2]}]", text)))
    text = _CALLED.sub("(", text)
    text = _PRIVATE.sub(lambda found: _as(_last_numbers(found[0]), count), text)
    text = _ELEMENT.sub(lambda found: _element(found, count), text)
    text = _TEX.sub(lambda found: _tex(found, count), text)
    text = beside(text, count)
    text = _BRACKETED.sub(lambda found: _bracketed(found, count, text), text)
    text = _CIRCLED.sub(lambda found: _spaced(_as([_circled(found[0][-1])], count), text[: found.start()]) or found[0], text)
    text = _RAISED.sub(lambda found: _raised(found, count), text)
    text = _ACROSS.sub(lambda found: _as(list(range(int(found[1]), min(int(found[2]), int(found[1]) + _MOST_OF_RANGE) + 1)), count), text)
    text = _WRAPPED.sub(lambda found: found[1].strip(), _JOINED.sub(r"\1", text))
    text = _LED.sub(" ", _QUOTED.sub(r"\1", text))
    text = _LOOSE.sub("", _EMPTY.sub("", text))
    return re.sub(r"\[{2,}(\d+)\]{2,}", r"[\1]", text)


def undecided(text: str) -> int:
    """Where the end of a text begins that goes on, and that may still become a marker, or a part of one."""
    start = max(len(text) - _LONGEST, 0)
    opened: list[int] = []
    last = len(text)
    for place in range(start, len(text)):
        sign = text[place]
        if sign in _OPENING:
            opened.append(place)
        elif sign in _CLOSING and opened:
            begun = opened.pop()
            if not opened and not text[place + 1 :].strip(" *`$^"):
                last = min(last, begun)
    place = min([last, *opened[:1]])
    if tail := _TAIL.search(text, start):
        place = min(place, tail.start())
    while place > start and text[place - 1] in "\\^$*`_ ":
        place -= 1
    return place


def _as(found: list[int], count: int) -> str:
    return "".join(f"[{n}]" for n in dict.fromkeys(found) if 1 <= n <= count)


def _numbers(written: str) -> list[int]:
    """`1, 3-5` -> [1, 3, 4, 5]; what stands behind a position's sign is no number of a paper."""
    found: list[int] = []
    bare = re.sub(
        r"(?<=\d)\s*(?:[:†§@][^,;/&]*|\|(?!\s*\d)[^,;/&]*|[(（][^()（）]*[)）])|[,;]?\s*(?:pp?\.|pages?|lines?|L\d|sent|sec|para|quote)[^,;]*",
        " ",
        re.sub(_WORD, " ", written.replace("*", ""), flags=re.IGNORECASE),
        flags=re.I,
    )
    for part in re.split(r"[,;/&+|、，；]|\b(?:and|or|und|et|и)\b", bare, flags=re.IGNORECASE):
        ends = [int(n) for n in re.findall(r"\d{1,3}", part)]
        spans = len(ends) == 2 and re.search(rf"\d\s*(?:{_DASH}|to|through|thru)\s*{_WORD}*[#^*@]*\s*\d", part, re.IGNORECASE)
        found += range(ends[0], min(ends[1], ends[0] + _MOST_OF_RANGE) + 1) if spans else ends[:1] if len(ends) == 1 else ends
    return found


def _circled(sign: str) -> int:
    return int(unicodedata.numeric(sign, 0))


def _last_numbers(token: str) -> list[int]:
    """The index that each reference of a private-use marker ends in: `turn0search3` -> 3."""
    return [int(n) for part in re.split(r"[\ue200-\ue20f]", token) for n in re.findall(r"(?:[a-z]|^)(\d{1,3})$", part)]


def _element(found: re.Match[str], count: int) -> str:
    if found[3]:
        return _as([int(found[3])], count)
    inner = re.sub(r"<[^<>]*>", "", found[2])
    if re.fullmatch(rf"\s*[\[(]*\s*{_LIST}\s*[\])]*\s*", inner, re.IGNORECASE):
        return _as(_numbers(inner), count)
    return found[0]


def _tex(found: re.Match[str], count: int) -> str:
    inner = next(group for group in found.groups() if group is not None)
    told = _as(_numbers(inner), count)
    # 10^{5} is a power; a raised number behind a digit or an operator cites nothing.
    before = found.string[: found.start()].rstrip("$")[-1:]
    power = before.isdigit() or before in "+-*/=(" or (before.isalpha() and not found.string[: found.start()].rstrip("$")[-4:].isalpha())
    return found[0] if power and not found[0].startswith("\\") and found[3] is None else told if told or found[3] else found[0]


def _raised(found: re.Match[str], count: int) -> str:
    before = found.string[: found.start()]
    word = re.search(r"[\w²³]*$", before)
    if word and word[0] and (word[0][-1].isdigit() or len(word[0]) < 4):
        return found[0]  # 10³, m², S²
    written = re.sub(r"[˒⸴ʼ'᾽]", ",", found[1]).replace("⁻", "-").translate(_DIGITS)
    return _spaced(_as(_numbers(written), count), before) or found[0]


def _spaced(told: str, before: str) -> str:
    return f" {told}" if told and before[-1:].isalnum() else told


def _bracketed(found: re.Match[str], count: int, text: str) -> str:
    numbers, opened = _numbers(found["list"]), found["open"] + (found["second"] or "")
    told = _as(numbers, count)
    bare = not re.search(r"[^\W\d_]", found["list"])
    plain_round = opened in ("(", "{", "<", "（", "⁽", "⟨", "‹", "«") and re.fullmatch(r"[\d\s]+", found["list"])
    if opened[0] in "(（{<" and _BESIDE.fullmatch(found["list"]):
        return found[0]  # (MATH, 5)
    if (opened == "<" and not plain_round) or (bare and _of_data(numbers, opened, text[: found.start()])):
        return found[0]
    if plain_round and ("^" in found["lead"] or not _marks(found, count, text)):
        return found[0]
    if opened[0] in "({" and re.match(r"\s*(?:n\s*=|[spdrc]\d)", found["list"], re.IGNORECASE):
        return found[0]  # (n=5) is a sample's size, (S3) a label
    if not told and opened[0] in "([{（" and not re.match(r"[\[【]", opened) and bare:
        return found[0]  # (2024), {128}: no marker, and not ours to take out
    stars, tail = found["lead"].replace("\\", "").replace("^", ""), found["tail"] or ""
    return told if stars == tail else f"{stars}{told}{tail}"


def _of_data(numbers: list[int], opened: str, before: str) -> bool:
    """Whether bare numbers in brackets are an interval, a vector, an index or the like: no paper has the number 0."""
    if 0 in numbers:
        return len(numbers) > 1 or (opened == "[" and bool(re.search(r"\w$", before)))
    return len(numbers) > 1 and bool(_COLLECTION.search(before))


def _marks(found: re.Match[str], count: int, text: str) -> bool:
    """Whether a bare number in round brackets is a marker: not one of "(1) this, (2) that", nor a sentence's first word."""
    number = int(re.findall(r"\d+", found["list"])[0])
    if not 1 <= number <= count or not text[: found.start()].strip(" *-•"):
        return False
    before, after = text[: found.start()], text[found.end() :]
    if _LABELLED.search(before) or (before[-1:].strip() and not re.search(r"[a-z]{4}$|[^\w]$", before)):
        return False  # Table (1), GPT(3), f(2)
    if re.search(r"[.!?]\s*$", before) and re.match(r"\s+[A-Z]", after):
        return not re.search(r"\([2-9]\)\s+[A-Z]", after)
    if re.match(r"\s*(?:[.;,:!?)\]|]|$|\n|[(\[（【])", after):
        return not re.search(r"[\d=^]\s*$", text[: found.start()])
    if _PARTICLE.search(before):
        return False  # 4 of (5)
    enumerated = re.findall(r"\((\d)\)\s+[A-Za-z]", text)
    return not (len(enumerated) > 1 and "1" in enumerated) and bool(re.search(r"[A-Za-z*]\s*$", text[: found.start()]))


def renamed(text: str, titles: Sequence[str]) -> str:
    """The text with the papers' titles where it calls them by number, `Paper 3 shows`: a reader does not know the prompt's numbers."""

    def title(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"**{titles[number - 1]}** [{number}]" if 1 <= number <= len(titles) else found[0]

    return _NAMED.sub(title, text)
