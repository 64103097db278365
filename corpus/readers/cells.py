"""A list in a table's cell: `A; B`, or JSON where a text of it has a separator of its own."""

import json
from collections.abc import Sequence


def texts_of(cell: str) -> list[str]:
    """The texts of a cell that holds several."""
    text = cell.strip()
    if text.startswith("["):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list):
            return [str(item) for item in value if isinstance(item, (str, int, float))]
    return [part for part in (part.strip() for part in text.replace("|", ";").split(";")) if part]


def cell_of(texts: Sequence[str]) -> str:
    """The cell of which `texts_of` makes these texts again."""
    plain = "; ".join(texts)
    return plain if texts_of(plain) == list(texts) else json.dumps(list(texts), ensure_ascii=False)
