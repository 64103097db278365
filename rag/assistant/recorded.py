"""What the index records too little of for a filter to judge: dates, authors, organisations."""

from rag.filters import Filters
from rag.generation import shown
from rag.index import Index


def not_known(index: Index, filters: Filters) -> str:
    """How many papers a filter could not judge, in a sentence."""
    held, count = len(index), index.lexical.count
    notes = []
    if filters.since or filters.until:
        notes.append(f"{held - count(Filters(since='0001')):,} of the {held:,} papers have no known date, so they are not looked at here.")
    if filters.min_authors is not None or filters.max_authors is not None:
        notes.append(f"The number of authors is known for {count(Filters(min_authors=0)):,} of the {held:,} papers.")
    if filters.organisation:
        names = index.lexical.organisations()
        known = sum(count(Filters(organisation=name)) for name in names[:50])
        which = f": {', '.join(map(shown, names))}" if len(names) <= 12 else ""
        asked = filters.organisation.split(" or ")
        absent = [name for name in asked if not count(Filters(organisation=name))]
        if 0 < len(absent) < len(asked):
            notes.append(f"No paper here is recorded as from {' or '.join(absent)}.")
        notes.append(f"An organisation is recorded for {known:,} of the {held:,} papers only{which}.")
    return " ".join(notes)
