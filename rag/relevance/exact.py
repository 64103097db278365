"""Quotes as a model copies them: which words of the abstract they stand for, exactly."""

import re

from rag.text import content_words, neutral

_QUOTED_WORDS = 3
"""Words of content that a quote without a figure must have to be evidence."""

_LIKE = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": "'", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-",
    "−": "-", "[": "(", "]": ")", "‹": "<", "›": ">", "\u00a0": " ",
})  # fmt: skip


def exact_quote(quote: str, abstract: str) -> str | None:
    """The substring of the abstract that a quote stands for, when only white space and quote marks differ."""
    wanted = re.sub(r"\s+", " ", neutral(quote).translate(_LIKE)).replace("^", "").strip(" \"'…").removesuffix("...").strip()
    if not _says_something(wanted):
        return None
    usual = re.search(_bounded(quote.strip()), abstract)
    if usual:
        return usual[0]  # much faster than what follows
    # Every character of the likeness remembers where it stands in the abstract.
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
    found = re.search(_bounded(wanted), "".join(likeness))
    return abstract[places[found.start()] : places[found.end() - 1] + 1] if found else None


def _bounded(text: str) -> str:
    """The pattern of a text that begins and ends where words do."""
    before = r"(?<!\w)(?<!\d[.,])" if re.match(r"\w", text) else ""
    return before + re.escape(text) + (r"(?!\w|[.,]\d)" if re.search(r"\w$", text) else "")


def _says_something(quote: str) -> bool:
    """Whether a quote can be evidence: a few words of content, or a figure."""
    words = [part for word in content_words(quote) for part in re.findall(r"\w+", word)]
    return len(words) >= _QUOTED_WORDS or bool(re.search(r"\d", quote))
