"""Checks on an answer before it is shown: markers, quotes, numbers."""

import re

_MARKER = re.compile(r"\[(\d+)\]")


def markers(text: str) -> list[int]:
    """The numbers of the citation markers in a text, in order, repeats included."""
    return [int(number) for number in _MARKER.findall(text)]
