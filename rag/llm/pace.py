"""How fast a model on this machine reads: the tokens of a prompt, and the seconds until the first piece of the reply."""

from collections import deque

_LEAST_TOKENS = 256
"""Tokens that a server has to read anew for its pace to be told from them."""

_PER_TOKEN, _FASTER = 4.3, 1.5
"""Characters of a token in English prompts of papers, and by how much a pace may rise from one prompt to the next."""

_KEPT = 8
"""Prompts whose beginning a server may still have read."""


class Pace:
    """`reads` are the tokens that the model reads in a second; None as long as nothing was measured."""

    def __init__(self) -> None:
        self.reads: float | None = None
        self._prompts: deque[str] = deque(maxlen=_KEPT)

    def measured(self, tokens: int | None, prompt: str, seconds: float) -> None:
        """Learn from a prompt: `tokens` are estimated where the endpoint does not tell them.

        What it has in common with the beginning of an earlier one is read in no time. There may have been
        prompts that nobody knows of here, so that the pace is believed to rise only little by little.
        """
        anew = (tokens or len(prompt) / _PER_TOKEN) * (1 - self._known(prompt) / max(len(prompt), 1))
        self._prompts.append(prompt)
        if anew >= _LEAST_TOKENS:
            reads = anew / max(seconds, 0.001)
            self.reads = reads if self.reads is None else min(reads, _FASTER * self.reads)

    def seconds(self, characters: int) -> float:
        """Seconds that so many characters take to be read; none where nothing was measured."""
        return characters / _PER_TOKEN / self.reads if self.reads else 0.0

    def _known(self, prompt: str) -> int:
        return max((_shared(prompt, earlier) for earlier in tuple(self._prompts)), default=0)


def _shared(one: str, other: str) -> int:
    """Characters with which both begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.startswith(other[:middle]) else (low, middle - 1)
    return low
