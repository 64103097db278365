"""Parts of XML elements by their local names, whatever their namespace."""

from typing import Any


def local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def all_of(element: Any, *path: str) -> list[Any]:
    """Descendants along a path of names, in order; none where there is no element."""
    found = [element] if element is not None else []
    for name in path:
        within = (child for outer in found for child in outer.iter() if local(child.tag) == name and child is not outer)
        found = list(dict.fromkeys(within))  # those within each other once
    return found


def one_of(element: Any, *path: str) -> Any:
    """The first descendant along a path of names; None where there is none."""
    for name in path:
        element = next(iter(all_of(element, name)), None)
    return element


def texts(element: Any, *path: str) -> list[str]:
    """What descendants along a path say, where they say anything."""
    return [text for child in all_of(element, *path) if (text := text_of(child))]
