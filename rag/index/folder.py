"""The index's folder: layout version, generations, and the atomic swap between them."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import get_ident

from filelock import FileLock, Timeout

from rag.errors import ConfigError, IndexBusy, IndexTooNew
from rag.index.chroma.vector_files import VectorFiles

log = logging.getLogger("paperchat.index")

FORMAT = 1
FIRST = "g1"
_ROOM_FIXED, _ROOM_TIMES = 8_000_000, 6
"""Bytes that writing takes at most: so much in any case, and so many times the records and vectors (4 of them stay)."""

_FULL = 1_000_000


def built(path: Path) -> bool:
    """Whether an index was begun there; asking makes no folder."""
    return (path / "FORMAT").exists()


class Folder:
    """Paths of an index. Creating it makes the folder. Raises ConfigError, IndexTooNew.

    Chroma cannot read what it cannot write: of a folder on a read-only or full disk a temporary copy is read (`copied`).
    """

    def __init__(self, path: Path) -> None:
        self.path = self.named = path
        self.copied = built(path) and (not _writable(path) or full(path))
        if self.copied:
            self.path = _copy(path)
            return
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._check_format()
        except OSError as error:
            raise unusable(path, error) from None

    def _check_format(self) -> None:
        file = self.path / "FORMAT"
        found = file.read_bytes()[:40].decode("ascii", "replace").strip() if file.exists() else ""
        if not found.isascii() or not found.isdigit():  # new, or damaged: what it tells is known from what lies beside it
            _write(file, str(FORMAT))
        elif int(found) > FORMAT:
            raise IndexTooNew(
                f"{self.path} was written by a newer Paperchat (layout {found[:20]}, this one reads {FORMAT}); "
                "upgrade with `pip install -U paperchat`, or set PAPERCHAT_HOME to another folder"
            )

    def require_writable(self) -> None:
        """Before papers are added or removed. Raises ConfigError where that would be lost."""
        if self.copied:
            raise unusable(self.named, OSError(30, "it is read-only or full, so that papers can be read but not changed"))

    def require_room(self, size: int) -> None:
        """Before papers of so many bytes are written. Raises ConfigError when the disk would be full.

        On a full disk Chroma cannot even read: it has to apply its log first. So it never comes to that.
        """
        needed, free = _ROOM_FIXED + _ROOM_TIMES * size, shutil.disk_usage(self.path).free
        if free < needed:
            raise ConfigError(
                f"the disk of the data folder {self.path} is nearly full: {free / 1e6:,.0f} MB are left, {needed / 1e6:,.0f} MB are needed "
                "for the next papers; free it, or set PAPERCHAT_HOME to another folder"
            )

    @property
    def lock_path(self) -> Path:
        return self.path / "writer.lock"

    def current(self) -> str:
        """Name of the generation in use."""
        try:
            return (self.path / "CURRENT").read_text().strip() or FIRST
        except FileNotFoundError:
            return FIRST
        except OSError as error:
            raise unusable(self.path, error) from None

    def seed(self) -> str:
        """What `note_seed` wrote last."""
        try:
            return (self.path / "SEEDED").read_text("utf-8", errors="replace").strip()
        except OSError:
            return ""

    def note_seed(self, key: str) -> None:
        """Remember which papers that ship went in."""
        if not self.copied and self.seed() != key:
            with suppress(OSError):  # the collection tells it, too
                _write(self.path / "SEEDED", key)

    def chroma(self, generation: str) -> Path:
        return self.path / generation / "chroma"

    def lexical(self, generation: str, name: str = "lexical") -> Path:
        """Of the papers in the folder; those on servers have a name with a hyphen."""
        return self.path / generation / name

    def vectors(self, generation: str) -> VectorFiles:
        return VectorFiles(self.path / generation)

    def next_generation(self, current: str) -> str:
        """The name of the generation after that one."""
        return f"g{int(current[1:]) + 1}" if current[1:].isdigit() else FIRST

    def fresh_generation(self, current: str, on_server: bool) -> str:
        """A new generation's name; what earlier, unfinished or replaced ones left is removed first: here, or of servers' catalogues."""
        for leftover in self.path.glob("g*/*"):
            generation = leftover.parent.name
            if generation != current and not generation.endswith(".damaged") and ("-" in leftover.name) == on_server:
                shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        return self.next_generation(current)

    def keep(self, generation: str) -> None:
        """Copy a damaged generation's Chroma files aside: nothing that a user may want is deleted."""
        aside = self.path / f"{generation}.damaged"
        if not aside.exists() and self.chroma(generation).exists():
            shutil.copytree(self.chroma(generation), aside)

    def swap(self, generation: str) -> None:
        """Make `generation` the one in use; the old one goes at the next reindex, readers may hold it."""
        _write(self.path / "CURRENT", generation)


@contextmanager
def locked(lock: FileLock, folder: Folder, wait: float) -> Iterator[None]:
    """Hold the writer's lock. Raises IndexBusy after `wait` seconds, ConfigError for a folder that cannot be written."""
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise IndexBusy(f"another process is writing to {folder.path}; run this again when it is done") from None
    except OSError as error:
        raise unusable(folder.path, error) from None
    try:
        yield
    finally:
        lock.release()


def _write(file: Path, text: str) -> None:
    temporary = file.with_suffix(f".{os.getpid()}-{get_ident()}.new")  # several may start at once
    with temporary.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def _writable(path: Path) -> bool:
    return all(os.access(known, os.W_OK) for known in (path, *path.glob("g*/chroma"), *path.glob("g*/chroma/chroma.sqlite3")))


@lru_cache(maxsize=2)
def _copy(path: Path) -> Path:
    """A copy of an index that goes when the process ends. Raises ConfigError where there is no room for one."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="paperchat-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(path, folder / "index", copy_function=shutil.copyfile)
    except OSError as error:
        raise unusable(path, error) from None
    log.warning("the data folder %s cannot be written: a copy of it is read, and papers cannot be added", path)
    return folder / "index"


def unusable(path: Path, error: Exception) -> ConfigError:
    """The one-line error for a folder that cannot be written: read-only, full, not a folder."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0][:200]
    return ConfigError(f"the data folder {path} cannot be used: {reason}; free it, or set PAPERCHAT_HOME to another folder")


def full(path: Path) -> bool:
    """Whether the disk has no room left to speak of."""
    try:
        return shutil.disk_usage(path).free < _FULL
    except OSError:
        return False
