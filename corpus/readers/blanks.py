"""Words that stand where a value is missing: `N/A`, `nan`, `[No abstract available]`."""

import re

_NOTHING = re.compile(
    r"(?:n\.?/?\s?a\.?|nan|none|null|nil|tb[adc]|unknown|undefined|missing|empty|blank|not (?:available|applicable|provided|given|found)|"
    r"unavailable|untitled|no (?:title|value|data|text|authors?|authors? (?:listed|given|available))|"
    r"to be (?:added|announced|determined|confirmed|done)|"
    r"coming soon|placeholder|\(?no name\)?|#n/a|<na>)",
    re.IGNORECASE,
)
_ABOUT_ABSTRACT = re.compile(r"\b(?:abstract|summary|description)\b", re.IGNORECASE)
_ABSENT = re.compile(
    r"\b(?:no|not|without|unavailable|missing|none|n/a|tb[adc]|absent|lacks?|lacking|pending|forthcoming|"
    r"soon|unpublished|empty|has been removed|withheld)\b",
    re.IGNORECASE,
)
_SENTENCE_WORDS = 12
"""A longer text about a missing abstract says something."""

_EDGE = " \t\r\n.…-–—_*?!:;,'\"()[]{}<>/\\|"


def is_blank(text: str) -> bool:
    """Whether a value says only that there is none."""
    if len(text) > 40 or text[-1:].isdigit():  # most values, most ids
        return False
    core = text.strip(_EDGE)
    return not core or bool(_NOTHING.fullmatch(core) or _NOTHING.fullmatch(text.strip()))


def is_no_abstract(text: str) -> bool:
    """Whether an abstract's place says only that there is none, in a word or a short sentence."""
    if is_blank(text):
        return True
    if len(text) > 120:
        return False
    core = text.strip(_EDGE)
    if core.lower() in ("abstract", "summary"):
        return True
    return len(core.split()) <= _SENTENCE_WORDS and bool(_ABOUT_ABSTRACT.search(core) and _ABSENT.search(core))
