"""Which system others are to beat: "which of them claims to beat DeepSpeed-Ulysses?"."""

import re

from rag.text import content_words

_ASKED = re.compile(
    r"\b(?:(?i:beat(?:s|en|ing)?|outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|outdo(?:es)?|(?:do|does|is|are|be) (?:better|faster) than"
    r"|better than|faster than|ahead of|wins? (?:against|over)|improves? (?:on|over|upon)))\b (?:the |that of |of )?"
    r"(?P<name>(?=[\w.+-]*[A-Z])[\w.+-]*\w(?: (?=[A-Z])[\w.+-]*\w)?)"
)
_SAYS_SO = frozenset(
    """claim claims claimed claiming say says report reports beat beats better faster system systems method methods first list answer
    does then""".split()
)


def rival(text: str) -> str:
    """The system that others are to beat, where nothing else is asked of them; empty of any other question."""
    found = _ASKED.search(text)
    if found is None:
        return ""
    rest = content_words(f"{text[: found.start()]} {text[found.end() :]}")
    return found["name"] if all(word.lower().strip("?.!,") in _SAYS_SO for word in rest) else ""
