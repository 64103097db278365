"""Filters on a paper's metadata, and the days that a partial date spans."""

from calendar import monthrange
from dataclasses import dataclass, replace

from rag.errors import QuestionError

_MOST_AUTHORS = 1_000_000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may answer. A paper that lacks the field passes no filter on it.

    `since` and `until` are ISO dates, whole or partial, both inclusive (`until="2024"` is
    2024-12-31); `organisation` may name several: `NVIDIA or DeepMind`; `source` is a name
    out of `Paper.sources`; `author` is a name or part of one, in any order, with or without accents
    and with initials (`J. Doe`), several as `Jane Doe or Rita Roe`; `venue` words of where it was
    published. An empty text counts as not given. Raises QuestionError for a value
    of another type and a count out of range; for a text that is no date, when it is used.
    """

    since: str | None = None
    until: str | None = None
    organisation: str | None = None
    min_authors: int | None = None
    max_authors: int | None = None
    source: str | None = None
    author: str | None = None
    venue: str | None = None

    def __post_init__(self) -> None:
        for name in ("since", "until", "organisation", "source", "author", "venue"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                fix = "write YYYY, YYYY-MM or YYYY-MM-DD in quotes" if name in ("since", "until") else "write its name in quotes"
                raise QuestionError(f"{name} is {type(value).__name__}, expected text; {fix}")
            if value is not None and not value.strip():
                object.__setattr__(self, name, None)
        for name in ("min_authors", "max_authors"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 0 <= value <= _MOST_AUTHORS):
                raise QuestionError(f"{name} is {str(value)[:40]!r}; write a whole number from 0 to {_MOST_AUTHORS:,}")

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__match_args__)

    def over(self, weaker: "Filters") -> "Filters":
        """These filters, with gaps filled from `weaker` (what the question's wording implied)."""
        given = {name: value for name in self.__match_args__ if (value := getattr(self, name)) is not None}
        return replace(weaker, **given) if given else weaker

    def described(self) -> str:
        """For a person: `published 2025-10 to 2025-10, by NVIDIA`; empty without filters."""
        parts = []
        if self.since and self.since == self.until:
            parts.append(f"published {self.since}")
        elif self.since or self.until:
            ends = (self.since and f"from {self.since}", self.until and f"until {self.until}")
            parts.append(" ".join(["published", *(end for end in ends if end)]))
        if self.author:
            parts.append(f"by the author {self.author}")
        if self.venue:
            parts.append(f"published at {self.venue}")
        if self.organisation:
            parts.append(f"by {self.organisation}")
        if self.min_authors is not None or self.max_authors is not None:
            parts.append(_authors(self.min_authors, self.max_authors))
        if self.source:
            parts.append(f"in {self.source}")
        return ", ".join(parts)


def _authors(low: int | None, high: int | None) -> str:
    if low == high:
        return "by 1 author" if low == 1 else f"by {low} authors"
    if high is None:
        return f"by {low} or more authors"
    return f"by at most {high} authors" if low is None else f"by {low} to {high} authors"


def _parts(date: str) -> tuple[int, ...]:
    try:
        parts = tuple(int(part) for part in date.split("-"))
        if not 1 <= len(parts) <= 3 or not 1 <= parts[0] <= 9999:
            raise ValueError
        if len(parts) > 1:
            days = monthrange(parts[0], parts[1])[1]
            if len(parts) > 2 and not 1 <= parts[2] <= days:
                raise ValueError
    except (ValueError, IndexError):
        raise QuestionError(f"{date[:40]!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD") from None
    return parts


def first_day(date: str) -> int:
    """The first day that a date, whole or partial, spans, as YYYYMMDD. Raises QuestionError."""
    year, month, day = (*_parts(date), 1, 1)[:3]
    return year * 10_000 + month * 100 + day


def last_day(date: str) -> int:
    """The last day that a date, whole or partial, spans, as YYYYMMDD. Raises QuestionError."""
    parts = _parts(date)
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else monthrange(parts[0], month)[1]
    return parts[0] * 10_000 + month * 100 + day
