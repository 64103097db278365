"""What was made before and is looked up: what was read of a word, for texts repeat their words; what a method gave."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakMethod

_WORDS = 300_000
"""Different words kept at most."""

Result = TypeVar("Result")


def cached(method: Callable[..., Result], most: int) -> Callable[..., Result]:
    """An lru_cache of an object's method that does not keep the object: dropped, it goes at once, and closes its files."""
    own = WeakMethod(method)

    @lru_cache(maxsize=most)
    def call(*arguments: Any) -> Result:
        bound = own()
        assert bound is not None, "called by its object"
        return bound(*arguments)

    return call


class WordMemo:
    """Reads texts word by word (parted at white space), each different word once. Thread-safe.

    `read` gives two lists of bytes, for a list of words; those of a text are its words', joined.
    """

    def __init__(self, read: Callable[[list[str]], tuple[list[bytes], list[bytes]]]) -> None:
        self._read = read
        self._lock = Lock()
        self._known: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})

    def texts(self, texts: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
        """The first and the second bytes of each text."""
        parted = [text.split() for text in texts]
        with self._lock:
            first, second = self._learned(set(chain.from_iterable(parted)))
        return [b"".join(map(first.__getitem__, words)) for words in parted], [b"".join(map(second.__getitem__, words)) for words in parted]

    def _learned(self, words: set[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Mappings that hold all of these words."""
        first, second = self._known
        if new := [word for word in words if word not in first]:
            read = self._read(new)
            if len(first) + len(new) > _WORDS:
                first, second = ({word: kind[word] for word in words if word in kind} for kind in (first, second))
                self._known = first, second
            first.update(zip(new, read[0], strict=True))
            second.update(zip(new, read[1], strict=True))
        return first, second
