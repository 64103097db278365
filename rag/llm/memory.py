"""What was learnt of an endpoint, kept on disk beside the exam, so that a new process need not learn it again."""

import json
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from rag.llm.options import FORMS, LIMITS, Options

_KEPT = 7 * 24 * 3600.0
"""Seconds after which it is found out again: endpoints are updated."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The options that an endpoint takes, and the tokens that it was seen to read at most."""

    options: Options
    window: int | None = None


class Memory:
    """What a data folder holds of one model at one endpoint. A folder that cannot be written to costs a few calls, and no answer."""

    def __init__(self, home: Path, model: str, endpoint: str) -> None:
        name = sha256(json.dumps([model, endpoint]).encode()).hexdigest()[:16]
        self._path = home / "models" / f"{name}.options"

    def read(self) -> Learnt | None:
        """What is kept and of use."""
        try:
            held = json.loads(self._path.read_text("utf-8"))
            options, window = Options(**held["options"]), held["window"]
            fresh = 0 <= time.time() - held["learnt"] < _KEPT
        except (OSError, ValueError, TypeError, KeyError):
            return None
        sound = options.limit in LIMITS and options.form in FORMS and (window is None or isinstance(window, int))
        return Learnt(options, window) if fresh and sound else None

    def write(self, learnt: Learnt) -> None:
        """Keep this in place of what was kept."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._path.with_suffix(".options-partial")
            partial.write_text(json.dumps({**asdict(learnt), "learnt": time.time()}), "utf-8")
            partial.replace(self._path)
        except OSError:
            return

    def forget(self) -> None:
        """Keep nothing."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return
