"""The writer's lock on a Chroma server: one writer at a time among all machines that share it.

Chroma has no locks, but creating a collection is atomic: of many that ask for one name, one
gets it. Lock number n is the collection `paperchat-writer-<n>`, whose metadata says who holds
it and until when; the highest number counts. A holder that died is succeeded by creating the
next number, never by deleting first, so that two successors cannot both win. Clocks of the
machines may differ by less than the lease.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from chromadb.api import ClientAPI
from chromadb.errors import NotFoundError
from filelock import FileLock, Timeout

from rag.errors import IndexBusy, PaperchatError
from rag.index.chroma.connection import fault
from rag.index.chroma.quota import Quota

_NAME = re.compile(r"paperchat-writer-(\d+)")
_SECONDS = 600
_POLL_SECONDS = 0.5
_PAGE, _LONGEST_VALUE = 100, 256
T = TypeVar("T")


def _holds_still(state: dict[str, object], own: Path) -> bool:
    """Whether the holder may be at work: its lease runs, and, on this machine, it holds its folder's lock, too."""
    if float(str(state.get("until", 0))) < time.time():
        return False
    if state.get("host") != socket.gethostname():
        return True
    lock = Path(str(state.get("lock")))
    if lock == own or not lock.exists():
        return False
    try:
        FileLock(lock).acquire(timeout=0).lock.release()
    except Timeout:
        return True
    except OSError:  # another user's: wait for the lease to run out
        return True
    return False


class Lease:
    """The lock, held. `renew` it before each write; raises IndexBusy once another writer has succeeded."""

    def __init__(self, client: ClientAPI, number: int, lock: Path) -> None:
        self._client, self._name = client, f"paperchat-writer-{number}"
        self._state = {"host": socket.gethostname(), "lock": _shown(lock), "until": time.time() + _SECONDS}
        self._collection = client.create_collection(self._name, metadata=dict(self._state), embedding_function=None)

    def renew(self) -> None:
        """Hold it for another while."""
        self._state["until"] = time.time() + _SECONDS
        try:
            self._collection.modify(metadata=dict(self._state))
        except Exception as error:
            if "does not exist" in str(error) or "not found" in str(error).lower():
                raise IndexBusy("another process took over the writing; run this again when it is done") from error
            raise

    def release(self) -> None:
        """Give it back, if it was not taken."""
        with suppress(NotFoundError):
            if self._client.get_collection(self._name, embedding_function=None).id == self._collection.id:
                self._client.delete_collection(self._name)


def _shown(lock: Path) -> str:
    """The lock's path as others may look at it; `.`, which none can lock, for one that is longer than Chroma Cloud takes."""
    return str(lock) if len(str(lock).encode()) <= _LONGEST_VALUE else "."


def _take(client: ClientAPI, lock: Path) -> Lease | None:
    """The lock, or None while another process holds it."""
    held = {int(found.group(1)): c for c in Quota(_PAGE).pages(client.list_collections) if (found := _NAME.fullmatch(c.name))}
    highest = max(held, default=0)
    if held and _holds_still(dict(held[highest].metadata or {}), lock):
        return None
    try:
        lease = Lease(client, highest + 1, lock)
    except Exception as error:  # Chroma has several kinds for "exists"
        if "already exists" in str(error):
            return None
        raise
    for number in held:
        client.delete_collection(f"paperchat-writer-{number}")
    return lease


@contextmanager
def leased(client: ClientAPI, where: str, lock: Path, wait: float) -> Iterator[Lease]:
    """Hold the server's lock, while holding the folder's own, `lock`. Raises IndexBusy after `wait` seconds, IndexUnreachable."""
    lease = _reported(lambda: _waited(client, where, lock, wait), where)
    try:
        yield lease
    finally:
        _reported(lease.release, where)


def _waited(client: ClientAPI, where: str, lock: Path, wait: float) -> Lease:
    until = time.monotonic() + wait
    while (lease := _take(client, lock)) is None:
        if time.monotonic() >= until:
            raise IndexBusy(f"another process is writing to the papers on {where}; run this again when it is done")
        time.sleep(_POLL_SECONDS)
    return lease


def _reported(call: Callable[[], T], where: str) -> T:
    try:
        return call()
    except PaperchatError:
        raise
    except Exception as error:
        raise fault(error, where) from error
