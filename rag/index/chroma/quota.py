"""How many records one request to Chroma may hold.

Chroma Cloud takes and gives 300 by default, and says so only when it refuses more; its
`max_batch_size` is larger. An answer that no limit was asked for is cut off without a word.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_REFUSAL = re.compile(r"'(?:Number of (?:records|results|IDs[^']*)|Limit value[^']*)' exceeded quota.* exceeds limit of (\d+)", re.DOTALL)
T = TypeVar("T")


class Quota:
    """The most records a request may hold, as far as is known."""

    def __init__(self, most: int) -> None:
        self._most = most

    def within(self, call: Callable[[int], T]) -> T:
        """`call` with that number; once more with what the server allows, if it refuses."""
        while True:
            most = self._most
            try:
                return call(most)
            except Exception as error:  # Chroma has several kinds for it
                refusal = _REFUSAL.search(str(error))
                if not refusal or not 0 < int(refusal[1]) < most:
                    raise
                self._most = int(refusal[1])

    def parts(self, count: int, call: Callable[[slice], None]) -> None:
        """`call` with slices of `count` items, one after the other."""
        start = 0

        def one(most: int) -> int:
            call(slice(start, start + most))
            return most

        while start < count:
            start += self.within(one)

    def pages(self, read: Callable[[int, int], Sequence[T]]) -> Iterator[T]:
        """Everything that `read` gives for a limit and an offset."""
        offset = 0

        def one(most: int) -> Sequence[T]:
            return read(most, offset)

        while page := self.within(one):
            yield from page
            offset += len(page)
