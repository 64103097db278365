"""Quotes as a model copies them: which words of the abstract they stand for, exactly."""

import re
from functools import lru_cache

from rag.text import content_words, neutral

_QUOTED_WORDS = 3
"""Words of content that a quote without a figure must have to be evidence."""

_WORD, _IN_FIGURE, _GOES_ON = re.compile(r"\w"), re.compile(r"\d[.,]"), re.compile(r"\w|[.,]\d")
_LIKE = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": "'", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-",
    "−": "-", "[": "(", "]": ")", "‹": "<", "›": ">", "\u00a0": " ",
})  # fmt: skip


def exact_quote(quote: str, abstract: str) -> str | None:
    """The substring of the abstract that a quote stands for, when only white space and quote marks differ."""
    wanted = re.sub(r"\s+", " ", neutral(quote).translate(_LIKE)).replace("^", "").strip(" \"'…").removesuffix("...").strip()
    if not _says_something(wanted):
        return None
    if (usual := quote.strip()) and _place(usual, abstract) >= 0:
        return usual  # much faster than what follows
    likeness, places = _likeness(abstract)
    start = _place(wanted, likeness)
    return abstract[places[start] : places[start + len(wanted) - 1] + 1] if start >= 0 else None


@lru_cache(maxsize=512)
def _likeness(abstract: str) -> tuple[str, tuple[int, ...]]:
    """An abstract as a model may copy it; every character remembers where it stands in the abstract."""
    likeness: list[str] = []
    places: list[int] = []
    for place, character in enumerate(abstract):
        if character == "^":
            continue
        form = neutral(character).translate(_LIKE) if not character.isascii() else character.translate(_LIKE)
        for like in form.replace("^", "") or " ":
            if like.isspace() and likeness[-1:] == [" "]:
                continue
            likeness.append(" " if like.isspace() else like)
            places.append(place)
    return "".join(likeness), tuple(places)


def _place(text: str, within: str) -> int:
    """Where a text stands that begins and ends where words do; -1 where it does not."""
    start = within.find(text)
    while start >= 0:
        end = start + len(text)
        torn_before = _WORD.match(text) and (_WORD.match(within[start - 1 : start]) or _IN_FIGURE.match(within[max(start - 2, 0) : start]))
        torn_after = _WORD.match(text[-1]) and _GOES_ON.match(within, end)
        if not (torn_before or torn_after):
            return start
        start = within.find(text, start + 1)
    return -1


def _says_something(quote: str) -> bool:
    """Whether a quote can be evidence: a few words of content, or a figure."""
    words = [part for word in content_words(quote) for part in re.findall(r"\w+", word)]
    return len(words) >= _QUOTED_WORDS or bool(re.search(r"\d", quote))
