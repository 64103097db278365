"""Evidence: what one paper may be cited for, ready to be compared with a sentence."""

import re
import unicodedata
from calendar import month_name
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from corpus import Paper
from rag.text import instructs, named_like, split_sentences, trusted, visible
from rag.verification.figures import number_words, numbers, signs
from rag.verification.sentences import Sentences
from rag.verification.words import Stem, read

_CAPITALISED = re.compile(r"(?<=[a-z0-9,;)] )[A-Z][a-z]{2,}\b")
_NOT_FOLDED = re.compile(r"[^0-9a-z+]+")
_VERSIONED = re.compile(r"(?<![A-Za-z+])[A-Za-z][A-Za-z+]{0,30}[ .-]?[vV]?\d{1,9}(?:\.\d{1,9}){0,4}")
_NOT_VERSIONED = frozenset(
    "in on by of to for from with than and or about over under at until since only just top stage step table".split()
)


def fold(text: str) -> str:
    """A name as it is compared: lower case, letters and digits only."""
    return _NOT_FOLDED.sub("", unicodedata.normalize("NFKC", text).casefold())


def verbatim(text: str) -> str:
    """A sentence as it is compared with the paper's own, sign by sign: white space and what ends it aside."""
    return " ".join(visible(text).split()).strip(" .:;,–—-")


def names(text: str) -> list[str]:
    """Words of a sentence that are written like a system's name, the field's own terms aside."""
    words = re.sub(r"[*]", " ", text).replace("/", " ").replace("’", "'").replace("'s ", " ").split()
    return [*named_like(" ".join(words)), *_CAPITALISED.findall(text)]


def versions(text: str) -> dict[str, str]:
    """Names that end in a version (Qwen2.5, GPT-4, Llama 3), as they are compared -> as they are written."""
    found = {}
    for match in _VERSIONED.finditer(text):
        written = match[0]
        word = re.split(r"[ .\d-]", written)[0]
        if word.lower() not in _NOT_VERSIONED and (any(ch.isupper() for ch in word) or " " not in written):
            found[re.sub(r"[ -]", "", written).lower()] = written
    return found


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """One paper's title, trusted abstract and metadata. `systems` are the names that its title gives itself."""

    values: frozenset[Decimal]
    folded: str
    words: frozenset[str]
    stems: frozenset[str]
    initials: str
    title: frozenset[str]
    systems: frozenset[str]
    versions: frozenset[str]
    signs: Mapping[Decimal, set[str]]
    sentences: Sentences
    own: frozenset[str]
    """The title and the whole sentences of the abstract, word for word."""

    def says(self, sentence: str) -> bool:
        """Whether a sentence is a whole one of the paper's own, its title in bold before it or not."""
        parts = [part for part in map(verbatim, sentence.split("**")) if part]
        return bool(parts) and all(part in self.own for part in parts)

    def holds(self, name: str) -> bool:
        """Whether the paper has a name, in this form or another."""
        folded = fold(name)
        forms = {folded, folded.removesuffix("s")}
        if forms & self.words or (len(folded) > 3 and any(form in self.folded for form in forms)):
            return True
        if "-" in name:
            parts = [part for part in name.split("-") if part]
            return all(self.holds(part) for part in parts if named_like(part) or part[0].isupper())
        return name.isupper() and len(folded) > 2 and folded in self.initials

    def has_version(self, version: str) -> bool:
        """Whether a name with its version (as compared) is in the paper: Llama3 also where it writes Llama3.1-8B, not for Llama31."""
        return any(held == version or (held.startswith(version) and held[len(version)] in ".") for held in self.versions) or (
            not any(ch == "." for ch in version) and version in self.folded and not self._other_version(version)
        )

    def _other_version(self, version: str) -> bool:
        return any(held.startswith(version) and held[len(version) :][:1].isdigit() for held in self.versions)


@lru_cache(maxsize=4_096)
def evidence(paper: Paper, stem: Stem) -> Evidence:
    """What a paper may be cited for; kept for the papers met last."""
    title = "" if instructs(paper.title) else paper.title
    year, _, rest = (paper.published or "").partition("-")
    month = month_name[int(rest[:2])] if rest[:2].isdigit() else ""
    abstract = trusted(paper.abstract)
    known = [title, abstract, paper.organisation or "", year, month, str(paper.author_count or "")]
    text = visible(" . ".join(known))
    words = re.findall(r"[^\W_]+", text)
    name, colon, _ = title.partition(":")
    return Evidence(
        values=frozenset({value for found in numbers(text, known=True).values() for value in found} | set(number_words(text).values())),
        folded=fold(text),
        words=frozenset(fold(word) for word in (*words, *text.split())),
        stems=frozenset(stem(text)),
        initials="".join(word[0] for word in words).casefold(),
        title=frozenset(fold(word) for word in title.split()),
        systems=frozenset({fold(word) for word in (named_like(name) or ([name] if len(name.split()) == 1 else []))})
        if colon
        else frozenset(),
        versions=frozenset(versions(text)),
        signs=signs(text),
        sentences=Sentences.of([read(visible(said), stem) for said in (title, *split_sentences(abstract), *known[2:]) if said]),
        own=frozenset(map(verbatim, (title, *split_sentences(abstract)))) - {""},
    )
