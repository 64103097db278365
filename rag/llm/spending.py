"""What an answer takes of a language model: its time, its tokens, and what there is to tell of its calls."""

import threading
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Spending:
    """What one answer may still take, in seconds, and what it took, in tokens."""

    end: float
    tokens_in: int = 0
    tokens_out: int = 0
    failed: bool = False
    """Whether a call failed or could not be read: what was made without it is not worth keeping."""
    notes: list[str] = field(default_factory=list)
    """What the user should hear of the calls, a line each."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def left(self) -> float:
        return max(self.end - time.monotonic(), 0.0)

    def add(self, tokens_in: int, tokens_out: int) -> None:
        with self._lock:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out

    def note(self, line: str) -> None:
        with self._lock:
            if line not in self.notes:
                self.notes.append(line)
