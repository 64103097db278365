"""A small file of the data folder on one model at one endpoint: where it is missing, damaged or cannot be written, no answer is lost."""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any


class KeptFile:
    """JSON under a name that stands for `told`: the model, its endpoint, whatever makes what is kept invalid."""

    def __init__(self, home: Path, suffix: str, *told: object) -> None:
        name = sha256(json.dumps(told).encode()).hexdigest()[:16]
        self._path = home / "models" / f"{name}{suffix}"

    def read(self) -> Any:
        """What is kept; None without anything that can be read."""
        try:
            return json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, value: object) -> None:
        """Keep this in place of what was kept, whole or not at all."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._path.with_name(f"{self._path.name}-partial")
            partial.write_text(json.dumps(value, indent=1), "utf-8")
            partial.replace(self._path)

    def forget(self) -> None:
        """Keep nothing."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
