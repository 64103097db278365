"""BibTeX and BibLaTeX files: entries one at a time through bibtexparser, their LaTeX through pylatexenc (see corpus/tex.py)."""

import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from corpus.paper import Paper
from corpus.readers.bibtex_blocks import Block, blocks
from corpus.readers.dates import most_exact
from corpus.readers.ids import arxiv_id, arxiv_id_in, doi, global_id
from corpus.readers.people import is_suffix, people, person
from corpus.readers.records import CorpusError, OnError, keywords, paper_of_record, refusal
from corpus.readers.rest import REST, known_rest
from corpus.readers.streams import Limits, Member
from corpus.tex import braces_of, from_tex

_NO_PAPER = {"string", "preamble", "comment"}
_LOST_COMMA = re.compile(r"([}\"])(\s*[A-Za-z][\w-]*\s*=\s*[{\"\w])")
_GLUED = re.compile(r"^[{\"].*[}\"]\s*[A-Za-z][\w-]*\s*=", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][\w:.+-]*")
_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_PARTS = re.compile(rf'"((?:[^"{{}}]|{_BRACED})*)"|({_BRACED})|([\w:.+-]+)')
_JOINED = re.compile(rf"\s*(?:{_PARTS.pattern})(?:\s*#\s*(?:{_PARTS.pattern}))+\s*")
_HEAD = re.compile(r"\s*@\s*(\w+)\s*([{(])")
_AT = "\ue0ff"
"""Stands for an `@` within an entry, which bibtexparser would take for the next one's."""

_AND = re.compile(r"(?<!\s)\s+(?:and|AND|And)(?=\s)")
_STRING = re.compile(r"@\s*\w+\s*[{(]\s*([^\s=]+)\s*=(.*)[})]\s*\Z", re.DOTALL)
_VENUES = ("journal", "journaltitle", "booktitle", "eventtitle", "series", "howpublished", "school", "institution")
_PREPRINT = re.compile(r"(?:arxiv|corr\b|e-?prints?\b)", re.IGNORECASE)


def read_bibtex(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a .bib file, streamed. Raises CorpusError when it has no entry at all."""
    strings, found = dict[str, str](), False
    for block in blocks(member, on_error, limits):
        found = True
        if block.kind == "string" and (told := _STRING.match(block.text)):
            strings[told[1].lower()] = _value(told[2].strip(), strings, bare=True)
        if block.kind in _NO_PAPER:
            continue
        try:
            key, fields = _fields(block, strings)
            yield paper_of_record(_record(key, fields), member.source)
        except ValueError as error:
            on_error(refusal(member.source, block.line, error))
    if not found:
        raise CorpusError(member.source, 0, "no entry in it: in BibTeX one begins with '@article{key,' or the like")


@cache
def _quiet() -> None:
    """Its warnings name no file; what fails is reported with file and line instead."""
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


def _fields(block: Block, strings: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The entry's key and fields. Raises ValueError for what is no entry."""
    entry = _parsed(block.text) if block.whole else None
    if entry is None and block.whole:  # without a key
        entry = _parsed(re.sub(r"([{(])", r"\1,", block.text, count=1))
    if entry is not None and any(_is_glued(str(field.value).replace(_AT, "@"), block.text) for field in entry.fields):
        entry = _parsed(_LOST_COMMA.sub(r"\1,\2", block.text)) or entry
    if entry is None:
        raise ValueError("not a complete BibTeX entry: a brace or quote is not closed, or a comma is missing")
    fields = dict[str, str]()
    for field in entry.fields:
        if value := _value(str(field.value).replace(_AT, "@"), strings):
            fields.setdefault(field.key.lower(), value)
    return str(entry.key).replace(_AT, "@"), fields


def _is_glued(value: str, text: str) -> bool:
    """Whether the next field hangs on a value for want of a comma: it stands in the text without braces of its own."""
    return bool(_GLUED.match(value)) and f"{{{value}}}" not in text and f'"{value}"' not in text


def _parsed(text: str) -> Any:
    """The entry as bibtexparser reads it, one with a field given twice included; None when it does not."""
    from bibtexparser.entrypoint import parse_string

    _quiet()
    library = parse_string(_plainly_one(text))
    if library.entries:
        return library.entries[0]
    return next(
        (
            b.ignore_error_block
            for b in library.failed_blocks
            if getattr(b, "ignore_error_block", None) is not None and hasattr(b.ignore_error_block, "fields")
        ),
        None,
    )


def _plainly_one(text: str) -> str:
    """The entry so that bibtexparser takes it for one: in braces, its beginning without blanks, and no other `@` in it."""
    found = _HEAD.match(text)
    if not found:
        return text
    inside = text[found.end() :].replace("@", _AT)
    if found[2] == "(":
        inside = re.sub(r"\)\s*\Z", "}", inside)
    return f"@{found[1]}{{{inside}"


def _value(text: str, strings: Mapping[str, str], bare: bool = False) -> str:
    """The value, abbreviations replaced: `acl # " 2024"` is put together."""
    if "#" in text and _JOINED.fullmatch(text):
        return "".join(quoted or braced[1:-1] or strings.get(name.lower(), name) for quoted, braced, name in _PARTS.findall(text))
    if bare and text[:1] + text[-1:] in ('""', "{}"):
        return text[1:-1]
    return strings.get(text.lower(), text) if _NAME.fullmatch(text) else text


def _record(key: str, fields: Mapping[str, str]) -> dict[str, Any]:
    return record_of_fields(key, fields) | known_rest(from_tex(fields.get(REST, "")))


def record_of_fields(key: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The record of an entry's fields in lower case."""
    url = _address(fields)
    return {
        "aliases": _ids(key, fields, url),
        "title": _title(fields),
        "abstract": from_tex(_abstract(fields)),
        "authors": authors(fields.get("author", "")),
        "published": _published(fields),
        "organisation": from_tex(fields.get("organization", "")),
        "venue": _venue(fields),
        "url": url,
        "keywords": _keywords(fields),
        "citation_key": key,
    }


def _title(fields: Mapping[str, str]) -> str:
    title, subtitle = from_tex(fields.get("title", "")), from_tex(fields.get("subtitle", ""))
    return f"{title}: {subtitle}" if title and subtitle else title


def _abstract(fields: Mapping[str, str]) -> str:
    """Of a field called so, or nearly: `abstractNote`, `abstract_en`."""
    named = sorted((name for name in fields if name.startswith("abstract")), key=len)
    return next((fields[name] for name in (*named, "annotation") if fields.get(name)), "")


def _keywords(fields: Mapping[str, str]) -> list[str]:
    """Of the authors, and then of the database."""
    found = list[str]()
    for name in ("author_keywords", "keywords", "keyword", "mendeley-tags"):
        found += [word for word in keywords(from_tex(fields.get(name, ""))) if word.casefold() not in map(str.casefold, found)]
    return found


def _venue(fields: Mapping[str, str]) -> str | None:
    return next((text for name in _VENUES if (text := from_tex(fields.get(name, ""))) and not text.startswith("http")), None)


def _plain_address(value: str) -> str:
    """An address is no LaTeX, but for what it was put in: `\\url{...}`, `\\_`."""
    text = re.sub(r"\\(?:url|href)\s*\{([^{}]*)\}.*", r"\1", value.strip())
    return re.sub(
        r"\\([_%&#~$^{}])|\{\\(?:textasciitilde|textunderscore)\}|[{}]",
        lambda m: m[1] or ("~" if "tilde" in m[0] else "_" if "under" in m[0] else ""),
        text,
    )


def _address(fields: Mapping[str, str]) -> str | None:
    given = (_plain_address(fields[name]) for name in ("url", "ee", "link", "howpublished", "note") if fields.get(name))
    return next(
        (url for text in given if (url := next((word for word in re.split(r"[\s;]+", text) if word.startswith("http")), None))), None
    )


def _ids(key: str, fields: Mapping[str, str], url: str | None) -> list[str]:
    """Its ids, in the order of its fields: the id of a preprint and the DOI of what became of it are the same paper."""
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv").lower()
    eprint = _plain_address(fields.get("eprint", ""))
    found = [arxiv_id(eprint) or arxiv_id(f"arxiv:{eprint}") if archive == "arxiv" and eprint else None]
    found += [arxiv_id(f"arxiv:{_plain_address(fields[name])}") for name in ("arxivid", "arxiv", "arxiv_id") if fields.get(name)]
    named = [doi(from_tex(fields["doi"]))] if fields.get("doi") else []
    order = [name for name in fields if name in ("doi", "eprint", "arxivid", "arxiv", "arxiv_id")]
    found = named + found if order[:1] == ["doi"] else found + named
    found += [arxiv_id(url) or doi(url) if url else None]
    found += [global_id(word) for word in (key, *_plain_address(fields.get("ids", "")).split(", "))]
    for name in ("journal", "journaltitle", "note", "howpublished", "volume", "number", "pages"):
        text = fields.get(name, "")
        if _PREPRINT.search(text):
            found.append(arxiv_id_in(_plain_address(text)) or arxiv_id(re.sub(r"(?i)^.*\babs/", "arxiv:", _plain_address(text))))
        elif name == "volume" and text.lower().startswith("abs/"):  # DBLP's CoRR
            found.append(arxiv_id(f"arxiv:{text[4:]}"))
    return [told for told in found if told]


def authors(text: str) -> tuple[str, ...]:
    """Names of BibTeX's list, joined by `and`; one wholly in braces is a body's name, whatever is in it."""
    parts = [_extended(part) for part in _split(re.sub(r"^\s*and\s+|(?<!\s)\s+and\s*$", "", text))]
    bodies = [part.strip()[1:-1] if braces_of(part.strip()) else None for part in parts]
    if not any(map(_has_suffix, parts)) and not any(body is not None for body in bodies) and any("," in part for part in parts):
        return people(" and ".join(from_tex(part) for part in parts))
    named = ((from_tex(part) if body is None else from_tex(body), body) for part, body in zip(parts, bodies, strict=True))
    read = (name if body is not None else "" if name == "others" else person(name) for name, body in named)
    return tuple(name for name in read if name)


def _has_suffix(name: str) -> bool:
    """Whether it is `Last, Jr, First`."""
    pieces = [piece.strip() for piece in name.split(",")]
    return len(pieces) == 3 and is_suffix(pieces[1])


def _extended(name: str) -> str:
    """BibLaTeX's `family=Berg, given=Jan, prefix=van der` -> `van der Berg, Jan`."""
    if not re.match(r"\s*\"?(?:family|given|prefix|suffix)\s*=", name):
        return name
    told = {part.partition("=")[0].strip(' "'): part.partition("=")[2].strip(' "') for part in name.split(",") if "=" in part}
    family = " ".join(part for part in (told.get("prefix"), told.get("family")) if part)
    return ", ".join(part for part in (family, told.get("suffix"), told.get("given")) if part)


def _split(text: str) -> list[str]:
    """Parts between the `and`s that stand outside braces."""
    parts, at, counted, depth = list[str](), 0, 0, 0
    for sign in _AND.finditer(text):
        more, counted = text[counted : sign.start()], sign.start()
        depth += more.count("{") - more.count("\\{") - more.count("}") + more.count("\\}")
        if depth == 0:
            parts.append(text[at : sign.start()])
            at = sign.end()
    return [part for part in (part.strip() for part in [*parts, text[at:]]) if part]


def _published(fields: Mapping[str, str]) -> str | None:
    """`date` of BibLaTeX, else year, month and day."""
    plain = {name: _plain_address(fields.get(name, "")) for name in ("date", "year", "month", "day", "urldate", "issue_date")}
    if plain["date"]:
        return most_exact(plain["date"].split("/")[0] if re.match(r"\d{4}-\d\d(-\d\d)?/", plain["date"]) else plain["date"], plain["year"])
    month, day = plain["month"].strip("~. "), plain["day"]
    whole = (
        f"{plain['year']}-{int(month):02}"
        if month.isdecimal() and len(month) < 3
        else f"{month} {day} {plain['year']}"
        if month
        else plain["year"]
    )
    return most_exact(plain["year"], f"{whole}-{int(day):02}" if month.isdecimal() and day.isdecimal() else whole)
