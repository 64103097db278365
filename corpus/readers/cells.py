"""A list in a table's cell: `A; B`, or JSON where a text of it has a separator of its own."""

import ast
import json
from collections.abc import Sequence
from typing import Any


def literal_list(text: str) -> list[Any] | None:
    """A list as JSON or Python writes it; None for what is none."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, (list, tuple)):
            return list(value)
    return None


def texts_of(cell: str) -> list[str]:
    """The texts of a cell that holds several."""
    text = cell.strip()
    if text.startswith("[") and (value := literal_list(text)) is not None:
        return [str(item) for item in value if isinstance(item, (str, int, float))]
    return [part for part in (part.strip() for part in text.replace("|", ";").split(";")) if part]


def cell_of(texts: Sequence[str]) -> str:
    """The cell of which `texts_of` makes these texts again."""
    plain = "; ".join(texts)
    return plain if texts_of(plain) == list(texts) else json.dumps(list(texts), ensure_ascii=False)
