"""XML of no program that is known: a record's fields are told by the words in their names, as with JSON."""

from typing import Any

from corpus.readers.json_plain import field_of, plain, word_of
from corpus.readers.xml_parts import local, text_of

_DEEPEST = 6


def is_plain(element: Any) -> bool:
    """Whether it has a title, and authors or an abstract, among its own children."""
    fields = {field_of(local(child.tag)) for child in element if text_of(child)}
    return "title" in fields and bool(fields & {"authors", "abstract"})


def plain_xml(element: Any) -> dict[str, Any]:
    """The record by the names that `paper_of_record` knows; its own names of authors' parts are `last`, `keyname`, `corporate`."""
    value = _value(element, 0)
    return plain(value) if isinstance(value, dict) else {}


def _value(element: Any, depth: int) -> Any:
    """An element's text; of one that has only others within, what they say by their names."""
    children = list(element)
    mixed = (element.text or "").strip() or any((child.tail or "").strip() for child in children)
    if not children or mixed or depth > _DEEPEST:
        return text_of(element)
    found = dict[str, list[Any]]()
    for child in children:
        name = local(child.tag) if depth == 0 else word_of(local(child.tag))
        value = _value(child, depth + 1)
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
