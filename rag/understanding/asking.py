"""The words by which people ask, counted in examples/ by training.py, so that no list has to be complete: a slip in one is mended."""

import re
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.understanding.masking import masked

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """The words of a turn as they are looked at: in lower case, numbers, dates and names as what they are."""
    return _WORD.findall(masked(text))


@cache
def _kept() -> dict[str, NDArray[Any]]:
    with resources.as_file(resources.files("rag.understanding") / "weights" / "asking.npz") as path, np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


@cache
def asking_words() -> dict[str, int]:
    """The words of the wordings that name no topic, and how often they occur there."""
    return dict(zip(_kept()["asking"].tolist(), _kept()["times"].tolist(), strict=True))


@cache
def known_words() -> frozenset[str]:
    """All words of the examples: none of them is a slip."""
    return frozenset(_kept()["known"].tolist())
