"""What a model has shown that it can do at its endpoint: the result of its exam, kept on disk."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from rag.llm.kept import KeptFile

VERSION = 4
"""Raised with the exam: what an older one found is not used."""

_DAY = 24 * 3600.0
"""Seconds after which an exam that ran out of time is taken again."""

Judging = Literal["batch", "single", "no"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a model may do. `right` of `of` judged abstracts were judged right; without an exam `of` is 0.

    `judges`: several papers at a time, one by one, or not at all, so that the judge that ships decides.
    `reads` are the tokens of a prompt that it reads in a second, `unopened` tells of thoughts without a beginning.
    """

    judges: Judging = "batch"
    structured: bool = True
    understands: bool = True
    writes: bool = True
    right: int = 0
    of: int = 0
    seconds: float = 0.0
    reads: float | None = None
    unopened: bool = False
    late: tuple[str, ...] = ()
    """What there was no time to find out (judges, understands, writes, structured): it is found out again another day."""
    taken: float = 0.0

    @property
    def of_use(self) -> bool:
        """Whether there is anything that it may do."""
        return self.writes or self.judges != "no"

    def described(self) -> str:
        """The result for a person."""
        if not self.of:
            return "no exam taken"
        how = {"batch": "several at a time", "single": "one by one", "no": "too few, so the judge that ships decides"}[self.judges]
        judges = f"{self.right} of {self.of} ({how})"
        if "judges" in self.late:
            judges = "too slowly to find out in a minute, so the judge that ships decides"
        speed = f"; reads {self.reads:,.0f} tokens/s" if self.reads else ""
        return (
            f"judges: {judges}; structured replies: {self._able('structured')}; "
            f"understands: {self._able('understands')}; writes: {self._able('writes')}; took {self.seconds:.0f} s{speed}"
        )

    def _able(self, name: str) -> str:
        return "too slowly to find out" if name in self.late else _said(getattr(self, name))


def _said(able: bool) -> str:
    return "yes" if able else "no"


def trusted_with(trust: str) -> Standing:
    """The standing that a setting gives without an exam."""
    return replace(Standing(), judges={"single": "single", "write": "no"}.get(trust, "batch"))  # type: ignore[arg-type]


class Register:
    """The standings of a data folder, by model and endpoint."""

    def __init__(self, home: Path, model: str, endpoint: str) -> None:
        self._file = KeptFile(home, ".json", VERSION, model, endpoint)

    def read(self) -> Standing | None:
        """The standing that is kept; None without one that can be read."""
        try:
            found = Standing(**self._file.read()["standing"])
        except (ValueError, TypeError, KeyError):
            return None
        return None if found.late and time.time() - found.taken > _DAY else found

    def write(self, standing: Standing, model: str) -> None:
        """Keep a standing; a folder that cannot be written to costs another exam, and no answer."""
        self._file.write({"model": model, "standing": asdict(standing)})
