"""Chroma's vector files of one generation: loaded or written by one process at a time, and checked after one died at it.

Chroma (1.5) writes them in place and without a lock. Loaded in the middle of that, or after a
kill in the middle, they end the process by a segmentation fault, or hold vectors that are no
paper's. So whoever loads or writes them holds a lock, and leaves a mark for as long; a mark
that is there already tells that its process died, and where that could have been. Checksums,
taken after writing, tell of bytes that turned on the disk, which do as much harm.
"""

import json
import logging
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from rag.errors import VectorsDamaged
from rag.index.child import command
from rag.index.lexical.sums import AT_OPENING, crc

DAMAGED = 3
"""Exit status of rag.index.chroma.vector_check when vectors are not what they should be."""

_NO_VERDICT = {0, 1, -signal.SIGINT, -signal.SIGTERM, -9}
"""How else that process may end: well, by an error that the load itself will tell of, or ended from outside. The rest are crashes."""

_POLL_SECONDS = 0.01
log = logging.getLogger("paperchat.index")


class VectorFiles:
    """The vector files below a generation's folder, which holds `chroma` and `lexical`."""

    def __init__(self, generation: Path) -> None:
        self._generation = generation
        self._lock = FileLock(generation / "vectors.lock")
        self._mark, self._sums = generation / "vectors.busy", generation / "vectors.sums"

    @contextmanager
    def alone(self, loading: bool = False) -> Iterator[None]:
        """Nobody else loads or writes the files meanwhile. Waits for whoever does.

        Raises VectorsDamaged, for one who comes to load them, if they were left unsound; OSError.
        """
        with self._lock.acquire(poll_interval=_POLL_SECONDS):
            left = self._mark.exists()
            if left and loading:
                self._check()
                left = False
            elif loading and (name := self._changed()):
                raise VectorsDamaged(f"{name} in {self._generation} was changed; run `paperchat reindex`")
            self._mark.touch()
            if not loading:
                self._sums.unlink(missing_ok=True)
            try:
                yield
                if loading:
                    self._seal()
            finally:
                if not left:
                    self._mark.unlink(missing_ok=True)

    def seal(self) -> None:
        """Take the files' checksums, after writing."""
        with self._lock.acquire(poll_interval=_POLL_SECONDS):
            if not self._mark.exists():
                self._seal()

    def _seal(self) -> None:
        if not self._sums.exists():
            with suppress(OSError):  # a full disk
                self._sums.write_text(json.dumps(self._summed()))

    def _summed(self) -> dict[str, list[int]]:
        """File -> [bytes, CRC-32 of them]; where they are large together only bytes: `doctor --verify` compares their vectors.

        Without a list of what they hold, files hold nothing yet, and Chroma makes them anew at each loading.
        """
        written = [listed.parent for listed in (self._generation / "chroma").glob("*/index_metadata.pickle")]
        sizes = {path: path.stat().st_size for folder in written for path in sorted(folder.iterdir())}
        light = sum(sizes.values()) <= AT_OPENING
        return {f"{path.parent.name}/{path.name}": [size, *([crc(path, 0, size)] if light else [])] for path, size in sizes.items()}

    def _changed(self) -> str:
        """Which file is not what was written; empty where all are, or it is not known."""
        try:
            known = dict(json.loads(self._sums.read_text()))
        except (OSError, ValueError, TypeError):
            return ""
        now = self._summed()
        return next((name for name in known if known[name] != now.get(name)), "")

    def _check(self) -> None:
        """Has the files loaded by a process that may die of it. Whatever else it ends by, the load itself will tell."""
        if not self._folders():
            raise VectorsDamaged(f"vectors in {self._generation} were dropped; run `paperchat reindex`")
        log.warning("A process was killed while it used the index's vectors: checking them.")
        check = command("rag.index.chroma.vector_check", str(self._generation / "chroma"), str(self._generation / "lexical"))
        ended = subprocess.run(check, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if ended.returncode not in _NO_VERDICT:
            raise VectorsDamaged(f"vectors in {self._generation} were left half written; run `paperchat reindex`")

    def drop(self) -> None:
        """Delete the files. Chroma can then still read its papers, and no vector."""
        if self._folders():
            log.warning("The index's vectors are damaged: making them anew from the papers, which are safe.")
        with self._lock:
            self._mark.touch()  # stays: who loads what is left must not take it for sound
            self._sums.unlink(missing_ok=True)
            for folder in self._folders():
                shutil.rmtree(folder)

    def _folders(self) -> list[Path]:
        return [path for path in (self._generation / "chroma").iterdir() if path.is_dir()]
