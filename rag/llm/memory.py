"""What was learnt of an endpoint, kept on disk beside the exam, so that a new process need not learn it again."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.llm.kept import KeptFile
from rag.llm.options import FORMS, LIMITS, Options

_KEPT = 7 * 24 * 3600.0
"""Seconds after which it is found out again: endpoints are updated."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The options that an endpoint takes, and the tokens that it was seen to read at most."""

    options: Options
    window: int | None = None


class Memory:
    """What a data folder holds of one model at one endpoint."""

    def __init__(self, home: Path, model: str, endpoint: str) -> None:
        self._file = KeptFile(home, ".options", model, endpoint)

    def read(self) -> Learnt | None:
        """What is kept and of use."""
        held = self._file.read()
        try:
            options, window = Options(**held["options"]), held["window"]
            fresh = 0 <= time.time() - held["learnt"] < _KEPT
        except (ValueError, TypeError, KeyError):
            return None
        sound = options.limit in LIMITS and options.form in FORMS and (window is None or isinstance(window, int))
        return Learnt(options, window) if fresh and sound else None

    def write(self, learnt: Learnt) -> None:
        """Keep this in place of what was kept."""
        self._file.write({**asdict(learnt), "learnt": time.time()})

    def forget(self) -> None:
        """Keep nothing."""
        self._file.forget()
