"""What an answer takes of a language model: its time, its tokens, and what there is to tell of its calls."""

import threading
import time
from dataclasses import dataclass, field

from rag.llm.faults import TooSlow


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

    def stop(self) -> None:
        """End: nobody waits for the answer any more, and no further call is made."""
        self.end = 0.0

    def add(self, tokens_in: int, tokens_out: int) -> None:
        with self._lock:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out

    def note(self, line: str) -> None:
        with self._lock:
            if line not in self.notes:
                self.notes.append(line)


class Slot:
    """One of the calls that may run at a time; waits for one no longer than the answer may take."""

    def __init__(self, slots: threading.BoundedSemaphore, spending: Spending) -> None:
        self._slots, self._spending = slots, spending

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=self._spending.left()):
            raise TooSlow("the model endpoint was busy with other questions; ask again, or raise PAPERCHAT_LLM_CONCURRENCY")
        if self._spending.left() <= 0:
            self._slots.release()
            raise TooSlow("the answer's time is over")

    def __exit__(self, *exc: object) -> None:
        self._slots.release()
