"""The collection of a generation of the index, and which generation is in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from rag.config import Config, masked_url
from rag.errors import DatabaseDamaged
from rag.index.catalogue import STATE
from rag.index.chroma.connection import Connection, fault, local, server
from rag.index.chroma.database_check import NAME, database_fault
from rag.index.chroma.store import ChromaStore
from rag.index.folder import FIRST, Folder, unusable

_ON_SERVER = "paperchat-"


def open_store(config: Config, folder: Folder, generation: str) -> ChromaStore:
    """The collection of one generation. Raises ConfigError, IndexDamaged."""
    if config.chroma_url:
        return ChromaStore(lambda: server(config), f"{_ON_SERVER}{generation}", masked_url(config.chroma_url), words=config.chroma_words)
    path = folder.chroma(generation)
    with _one_makes_it(folder, generation):
        return _opened(folder, generation, path)


@contextmanager
def _one_makes_it(folder: Folder, generation: str) -> Iterator[None]:
    """Of several first starts at once, one makes the database while the others wait: two of Chroma's clients would fail at each other."""
    if (folder.lexical(generation) / STATE).exists() or folder.copied:  # made after the database
        yield
        return
    try:
        with FileLock(folder.path / "making.lock"):
            yield
    except OSError as error:
        raise unusable(folder.path, error) from None


def _opened(folder: Folder, generation: str, path: Path) -> ChromaStore:
    if wrong := _lost(folder, generation) or database_fault(path):
        raise DatabaseDamaged(f"Chroma's database in {path} is damaged ({wrong}); run `paperchat reindex` to rebuild it from its copy")

    def connect() -> Connection:
        try:
            path.mkdir(parents=True, exist_ok=True)
            return local(path)
        except OSError as error:
            raise unusable(folder.path, error) from None
        except BaseException as error:  # Chroma's native code panics on a damaged file, past Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            raise fault(Exception(str(error)), str(folder.path)) from None

    return ChromaStore(connect, "papers", str(folder.path), folder.vectors(generation))


def _lost(folder: Folder, generation: str) -> str:
    """A database is made before the lexical index: where only this one is there, it was deleted."""
    there = (folder.chroma(generation) / NAME).exists() or not (folder.lexical(generation) / STATE).exists()
    return "" if there else "it is gone"


def open_current(config: Config, folder: Folder) -> tuple[str, ChromaStore]:
    """The generation in use, and its collection; on a server the collections themselves say which it is."""
    generation = FIRST if config.chroma_url else folder.current()
    store = open_store(config, folder, generation)
    while config.chroma_url and store.successor:
        generation = store.successor
        store = open_store(config, folder, generation)
    return generation, store
