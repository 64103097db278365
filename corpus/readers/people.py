"""Author lists in all usual forms -> names, each `First Last`.

A list's separator is told by the whole list, not by one word: `Doe, J., Roe, R.` are two
people, `Jane Doe, Rita Roe and Ada Li` three, and `Doe, Jane` one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from corpus.clean import clean
from corpus.readers.blanks import is_blank
from corpus.readers.cells import literal_list

_SUFFIX = re.compile(r"(?:jr|sr|[IVX]{2,4}|2nd|3rd|ph\.?\s?d|m\.?d|esq)\.?", re.IGNORECASE)
_BODY = re.compile(r"(?:inc|ltd|llc|gmbh|co|corp|corporation|plc|s\.?a|university|institute|department|team|group|lab)\b\.?", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}|[A-Z]{1,3}")
_AND = re.compile(r"\s{0,3},?\s{1,3}(?:and|AND|And|&)\s{1,3}(?=\S)")
_AND_SO_ON = re.compile(
    r"[\s,;]{0,4}\b(?:(?:and|&)\s{1,3})?(?:et\.?\s{1,3}al\b\.?|others)\s{0,3}$|\s{0,3},?\s{0,3}(?:…|\.\.\.)\s{0,3}$", re.IGNORECASE
)
_PUBMED_LIST = re.compile(r"[^.,;]+ [A-Z]{1,3}(?:, [^.,;]+ [A-Z]{1,3})+\.")
_NUMBER_AFTER = re.compile(r"\s{0,3}\((?:\d[\d-]{5,30}[\dX]|https?://\S{1,300})\)$")
_SHORT = re.compile(r"(?:[A-Z]{1,3}|(?:[A-Z]\.-?){1,4})\.?")
_PARTICLES = {"van", "von", "de", "da", "di", "del", "der", "den", "la", "le", "dos", "das", "ter", "ten", "al", "el", "bin", "ibn", "st."}
_MOST = 20_000


def people(value: Any) -> tuple[str, ...]:
    """Names of a text that lists them, or of a list of texts or objects as APIs give them; those of a tuple are read already."""
    if isinstance(value, tuple):
        return tuple(name for item in value if isinstance(item, str) and (name := clean(item)))
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, Iterable):
        return ()
    return tuple(name for item in list(value)[:_MOST] if (name := _of_item(item)) and name.lower() != "others")


def person(text: str) -> str:
    """`Last, First` and `Last, Jr, First` -> `First Last` and `First Last, Jr`; any other name as it is; empty for none."""
    if "," not in text and "(" not in text:  # most names
        name = clean(text)
        return name if len(name) > 20 or (not is_blank(name) and any(map(str.isalpha, name))) else ""
    name = _NUMBER_AFTER.sub("", clean(text))
    if is_blank(name) or not any(character.isalpha() for character in name):
        return ""
    family, *rest = [part for part in (part.strip() for part in name.split(",")) if part] or [""]
    if not rest:
        return family
    if len(rest) == 1:
        return f"{family}, {rest[0]}" if _SUFFIX.fullmatch(rest[0]) or _BODY.match(rest[0]) else f"{rest[0]} {family}"
    if len(rest) == 2 and (jr := next((part for part in rest if _SUFFIX.fullmatch(part)), None)):
        return f"{next(part for part in rest if part != jr)} {family}, {jr}" if rest[0] != rest[1] else f"{family}, {jr}"
    return name


def is_suffix(text: str) -> bool:
    """Whether it is what follows a name: `Jr.`, `III`."""
    return bool(_SUFFIX.fullmatch(text))


def _of_item(item: Any) -> str:
    if isinstance(item, str):
        return person(item)
    if not isinstance(item, Mapping):
        return ""
    for inner in ("author", "person"):  # OpenAlex's authorships
        if isinstance(item.get(inner), Mapping):
            return _of_item(item[inner])
    if isinstance(item.get("surname"), str) and isinstance(item.get("name"), str):  # OpenAIRE's: the name is the given one
        return person(f"{item['surname']}, {item['name']}")
    for name in (
        "name",
        "display_name",
        "literal",
        "text",
        "full_name",
        "fullName",
        "fullname",
        "raw_author_name",
        "collective",
        "corporate",
    ):
        if isinstance(item.get(name), str) and item[name].strip():
            return person(item[name])
    given = _first(
        item, "given", "firstName", "first", "first_name", "forename", "forenames", "givenName", "given_name", "firstname", "givenname"
    )
    given = f"{given} {_first(item, 'middle', 'middlename', 'middleName', 'middle_name')}".strip() if given else given
    families = ("family", "lastName", "last", "last_name", "familyName", "family_name", "surname", "lastname", "keyname", "familyname")
    family = " ".join(part for part in (_first(item, "non-dropping-particle"), _first(item, *families)) if part)
    whole = clean(" ".join(part for part in (given, _first(item, "dropping-particle"), family) if part))
    suffix = _first(item, "suffix")
    return f"{whole}, {suffix}" if whole and suffix else whole


def _first(item: Mapping[str, Any], *names: str) -> str:
    return next((value.strip() for name in names if isinstance(value := item.get(name), str) and value.strip()), "")


def _of_text(text: str) -> tuple[str, ...]:
    text = text.strip()
    if is_blank(text):
        return ()
    if text[:1] in "[(" and (items := literal_list(text)) is not None:
        return people(items)
    text = _AND_SO_ON.sub("", text)
    if text.endswith(".") and _PUBMED_LIST.fullmatch(text):  # its lists end in a full stop
        text = text[:-1]
    for separator in (";", "|", "\n", "\u2028"):
        if separator in text.strip(separator):
            parts = [_AND_SO_ON.sub("", re.sub(r"^(?:and|&)\s+", "", part.strip())) for part in text.split(separator)]
            return tuple(name for part in parts if (name := person(part)))
    return tuple(name for part in _with_commas(text) if (name := person(part)))


def _with_commas(text: str) -> list[str]:
    parts = [part.strip(" ,") for part in _AND.split(text)]
    if len(parts) > 1 and not _is_listed(parts):
        return parts
    return _names_of([piece.strip() for part in parts for piece in part.split(",") if piece.strip()], len(parts) > 1)


def _is_listed(parts: list[str]) -> bool:
    """Whether commas part names, as in `A B, C D and E F`; they part a name where each of them is `Last, First`."""
    commas = [_commas(part) for part in parts]
    if not any(commas):
        return False
    if max(commas) >= 2:
        return True
    return not commas[-1] and all("," not in part or _two_names(part) for part in parts)


def _commas(part: str) -> int:
    """Commas that may part names: one before `Jr` does not, nor does the one after it."""
    pieces = [piece.strip() for piece in part.split(",")]
    return len(pieces) - 1 - (sum(bool(_SUFFIX.fullmatch(piece)) for piece in pieces[1:]) if len(pieces) == 3 else 0)


def _two_names(part: str) -> bool:
    return all(_is_whole(piece.strip()) for piece in part.split(","))


def _is_whole(name: str) -> bool:
    """Whether it looks like a whole name: two words, of which the last is no initial; `van Dyk` is a family alone."""
    words = name.split()
    last = words[-1] if words else ""
    return len(words) > 1 and words[0].lower() not in _PARTICLES and not (len(last) <= 2 and last.endswith("."))


def _ends_in_initials(name: str) -> bool:
    """`Doe J`, `Roe R.`: a whole name, family first."""
    words = name.split()
    return len(words) > 1 and len(words[0]) > 1 and not _SHORT.fullmatch(words[0]) and bool(_SHORT.fullmatch(words[-1]))


def _names_of(pieces: list[str], listed: bool) -> list[str]:
    """The names of what stands between commas: one a piece, or family and given names in turns."""
    joined = list[str]()
    for piece in pieces:
        if joined and (_SUFFIX.fullmatch(piece) or _BODY.fullmatch(piece)):
            joined[-1] = f"{joined[-1]} {piece}" if len(pieces) > 2 else f"{joined[-1]}, {piece}"
        else:
            joined.append(piece)
    in_turns = [f"{family}, {given}" for family, given in zip(joined[::2], joined[1::2], strict=False)]
    if len(joined) % 2 or not joined or all(map(_ends_in_initials, joined)):
        return joined
    if all(_INITIALS.fullmatch(given) for given in joined[1::2]) and not all(_INITIALS.fullmatch(family) for family in joined[::2]):
        return in_turns
    if len(joined) == 2:
        return joined if listed or _two_names(", ".join(joined)) else in_turns
    families = all(len(piece.split()) == 1 or piece.split()[0].lower() in _PARTICLES for piece in joined[::2])
    return in_turns if families and not listed else joined
