"""Turns as they were read: the next turn of a conversation reads them again, since it may go on with them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b
from threading import Lock

from rag.understanding.question import Question

_MOST = 500


class Remembered:
    """Keeps the last few hundred turns of all conversations. Thread-safe.

    A turn is known by a digest of all that its reading depends on, so that nobody's is taken for another's.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[bytes, Hashable], Question] = OrderedDict()
        self._lock = Lock()

    def __call__(self, said: object, seen: Hashable, read: Callable[[], Question]) -> Question:
        """The reading of what was `said`, with the collection as it was `seen`."""
        key = blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).digest(), seen
        with self._lock:
            if known := self._kept.get(key):
                self._kept.move_to_end(key)
                return known
        question = read()
        with self._lock:
            self._kept[key] = question
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return question
