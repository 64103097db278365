"""What people paste: a title, a key of a BibTeX file, an abstract; and names of systems written apart."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise

from rag.index import Catalogue
from rag.understanding.question import Form, Kind, Question

_QUOTED = re.compile(r"[\"“”«»](?P<what>[^\"“”«»]{12,})[\"“”«»]")
_KEY = re.compile(
    r"(?:\\\w*cite\w*\s*\{|@\w+\s*\{|\[?@|^\s*)(?P<key>[A-Za-z][\w:-]*?(?:19|20)?\d{2}[A-Za-z][\w:-]*)\s*(?:\}|\]|;|,|$|(?=[\s?]))"
)
_KEY_PARTS = re.compile(r"^[a-z:_-]+?(?:(?:19|20)\d\d)(?P<word>[a-z][\w]*)$", re.IGNORECASE)
_SIMILAR = re.compile(
    r"\b(?:similar|like (?:this|it|that)|related|resembl\w+|comparable|close to|alike|more like|nearest|akin|neighbou?rs?"
    r"|in the same (?:vein|direction|spirit|line)|in this (?:vein|direction|spirit)|along (?:these|those|the same) lines"
    r"|(?:what|who|anything|something|anyone) else|others?)\b",
    re.IGNORECASE,
)
_ABSTRACT_WORDS = 45
"""A text of so many words is an abstract, not a question."""

_SUPERSCRIPT = re.compile(r"\$?\^\{?([0-9])\}?\$?")
_LOOKED_AT = 24
"""Papers in which is looked up whether they write the pieces of a name as words."""

_RARE = 8
_PIECES = (4, 3, 2)
"""Into how many pieces a name may fall, the most first."""

_WORDS = re.compile(r"[^\W_]+")


def pasted(text: str, lexical: Catalogue) -> Question | None:
    """The question where a title, a key or an abstract was pasted; None where none was."""
    quoted = _QUOTED.search(text)
    body = quoted["what"] if quoted and len(quoted["what"].split()) >= 4 else text
    asks = text.replace(body, " ") if body != text else ""
    held = _by_title(body, lexical) or (_by_abstract(body, lexical) if len(body.split()) >= _ABSTRACT_WORDS else None)
    if held and not _SIMILAR.search(asks):
        return Question(text, "", Kind.ONE, within=(held,), about="items")
    if held or len(body.split()) >= _ABSTRACT_WORDS:
        return Question(text, body, Kind.LIST, form=Form.SIMILAR, without=(held,) if held else ())
    if (key := _KEY.search(text)) and (held := _by_key(key["key"], lexical)):
        return Question(text, "", Kind.ONE, within=(held,), about="items")
    return None


def _by_title(text: str, lexical: Catalogue) -> str | None:
    title = text.strip(" \"'“”?.!")
    return next(iter(lexical.by_titles([title]).values()), None) if len(title.split()) >= 3 else None


def _by_abstract(text: str, lexical: Catalogue) -> str | None:
    """The paper whose abstract the text is a good part of."""
    terms = dict.fromkeys(lexical.terms(text))
    found = [paper_id for paper_id, _ in lexical.search([(term, 1.0) for term in terms], 3)]
    words = _spoken(text).split()
    pieces = [" ".join(words[at : at + _PIECE]) for at in range(0, len(words) - _PIECE + 1, _PIECE)]
    records = {paper_id: _spoken(json.loads(record)["abstract"]) for paper_id, record in lexical.records_of(found).items()}
    shares = {paper_id: sum(piece in record for piece in pieces) / max(len(pieces), 1) for paper_id, record in records.items()}
    return next((paper_id for paper_id in found if shares.get(paper_id, 0.0) >= _MOST_OF_IT), None)


_PIECE, _MOST_OF_IT = 6, 0.6
"""Words in a row that are looked up, and the share of them that an abstract must have: one may be pasted in part, or with a slip."""


def _spoken(text: str) -> str:
    """Its words alone, in lower case."""
    return " ".join(_WORDS.findall(text.lower()))


def _by_key(key: str, lexical: Catalogue) -> str | None:
    """The paper that a key such as `ma2023llmpruner` stands for: its last part begins the title."""
    if not (parts := _KEY_PARTS.match(key)):
        return None
    word = parts["word"].lower()
    return _titled(lexical.apart(word), lexical) or _only_in(word, lexical)


def _only_in(word: str, lexical: Catalogue) -> str | None:
    """The paper that has a rare word, where no title has it as a name: a key may be of its abstract."""
    terms = lexical.terms(word)
    if len(word) < _A_NAME or len(terms) != 1 or not 0 < lexical.document_frequency(terms[0]) <= _RARELY:
        return None
    return next((paper_id for paper_id, _ in lexical.search([(terms[0], 1.0)], 1)), None)


_A_NAME, _RARELY = 6, 3


def _titled(names: Sequence[str], lexical: Catalogue) -> str | None:
    return next((paper_id for name in names for ids in lexical.named(name).values() for paper_id in ids), None)


def respelt(text: str, lexical: Catalogue) -> str:
    """The text with names that were written apart, or with a caret, as the papers write them: "Layer Skip" -> "LayerSkip"."""
    text = _SUPERSCRIPT.sub(lambda match: "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(match[1])], text)
    words = [(match[0], match.start(), match.end()) for match in _WORDS.finditer(text)]
    beside = [start - end <= 1 for (_, _, end), (_, start, _) in pairwise(words)]
    written = [word for word, _, _ in words]
    for count in _PIECES:
        for at in range(len(words) - count + 1):
            if all(beside[at : at + count - 1]) and (spelt := _spelt(written[at : at + count], lexical)):
                return text[: words[at][1]] + spelt + text[words[at + count - 1][2] :]
    return text


def _spelt(pieces: Sequence[str], lexical: Catalogue) -> str:
    """How the papers write a name in one word; empty where they do not, or where it is a common word.

    Short pieces, and more than two, must be written as in the name, capital for capital: "as LoRA" is no ASLoRA.
    """
    joined = "".join(pieces)
    exact = len(pieces) > 2 or len(joined) < 6 or len(pieces[0]) < 2
    if len(joined) < 4 or pieces[0] in ("A", "I", "a") or (exact and joined[1:].islower()):
        return ""
    terms = lexical.terms(joined)
    if len(terms) != 1 or not 0 < lexical.document_frequency(terms[0]) <= _RARE:
        return ""
    found = [paper_id for paper_id, _ in lexical.search([(terms[0], 1.0)], 1)]
    record = lexical.records_of(found).get(found[0], "") if found else ""
    written = re.findall(rf"\b{re.escape(joined)}\b", record, re.IGNORECASE)
    # Written with a capital inside, it is a name; "finetuning" is the same word as "fine tuning".
    name = next((word for word in written if word[1:] != word[1:].lower() and (not exact or word == joined)), "")
    return "" if name and _a_phrase(pieces, lexical, lexical.document_frequency(terms[0])) else name


def _a_phrase(pieces: Sequence[str], lexical: Catalogue, names: int) -> bool:
    """Whether more papers write the pieces side by side than as one name: among 50,000 one has "NeuralNetwork"."""
    terms = [(term, 1.0) for piece in pieces for term in lexical.terms(piece)]
    beside = re.compile(rf"\b{'[ -]'.join(map(re.escape, pieces))}\b", re.IGNORECASE)
    records = lexical.records_of([paper_id for paper_id, _ in lexical.search(terms, _LOOKED_AT)])
    return sum(bool(beside.search(record)) for record in records.values()) > names
