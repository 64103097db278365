"""Clients of Chroma: a local one for a folder, or one of a server; and what their errors mean."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import RLock, Thread
from urllib.parse import urlsplit
from weakref import finalize

import chromadb
import httpx
from chromadb.api import ClientAPI, ServerAPI
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings, System

from rag.config import Config, masked_url
from rag.errors import ConfigError, IndexDamaged, IndexUnreachable, PaperchatError, VectorsDamaged
from rag.index.folder import full

_UNWRITABLE = re.compile(
    "readonly|read-only|permission denied|disk is full|no space left|unable to open database|disk i/o error", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"could not connect|connection (?:refused|reset)|disconnected|timed? ?out|\b50[234]\b|bad gateway|unavailable", re.IGNORECASE
)
_VECTORS = re.compile("hnsw|pickle|finding id|getting embedding", re.IGNORECASE)
_NO_DATABASE = re.compile(r"database .*not found", re.IGNORECASE)
_REFUSED = re.compile(r"\b40[13]\b|unauthori[sz]ed|forbidden|authenticat|permission", re.IGNORECASE)
_QUOTA = re.compile(r"quota exceeded", re.IGNORECASE)
_CLOUD = ".trychroma.com"


_NOTING = RLock()


class Connection:
    """A client, with how to close it: when it is retired and the last call is done, at the latest when nobody has it any more."""

    def __init__(self, client: ClientAPI, end: Callable[[], None], local: bool) -> None:
        self.client, self.local = client, local
        self.users, self.retired = 0, False
        self.close = finalize(self, end)
        self.close.atexit = False  # the process's end closes all


def fault(error: Exception, where: str) -> PaperchatError:
    """What a Chroma error means to a user; `where` is the folder or the server's address.

    Chroma raises many kinds; for most of them only the message tells what happened.
    """
    text = " ".join(str(error).split())[:200] or type(error).__name__
    if where.lower().startswith(("http://", "https://")):
        where = masked_url(where)
        if _QUOTA.search(text):
            return ConfigError(f"the Chroma server at {where} refuses: {text}; ask for a higher quota there, then run this again")
        if isinstance(error, (httpx.TransportError, ConnectionError)) or _UNREACHABLE.search(text):
            return IndexUnreachable(f"the Chroma server at {where} does not answer ({text}); start it and run this again; nothing is lost")
        if _NO_DATABASE.search(text):
            return ConfigError(f"the Chroma server at {where}: {text}; create it, or set PAPERCHAT_CHROMA_DATABASE to one that it has")
        if _REFUSED.search(text):
            return ConfigError(f"the Chroma server at {where} refuses access ({text}); set PAPERCHAT_CHROMA_API_KEY")
        return IndexUnreachable(f"the Chroma server at {where} failed ({text}); see its log, then run this again")
    if _UNWRITABLE.search(text) or full(Path(where)):
        return ConfigError(f"the data folder {where} cannot be written: {text}; free it, or set PAPERCHAT_HOME to another folder")
    kind = VectorsDamaged if _VECTORS.search(text) else IndexDamaged
    return kind(f"the index in {where} cannot be read ({text}); run `paperchat reindex` to rebuild it from its copy")


@contextmanager
def _unnoted(path: str) -> Iterator[None]:
    """Chroma notes a client's system for whoever opens the same path next, and so holds a dozen open files for ever: not of ours."""
    with _NOTING:
        notes = [getattr(SharedSystemClient, name, {}) for name in ("_identifier_to_system", "_identifier_to_refcount")]
        before = [note.get(path) for note in notes]
        try:
            yield
        finally:
            for note, held in zip(notes, before, strict=True):
                note.pop(path, None)
                if held is not None:
                    note[path] = held


def local(path: Path) -> Connection:
    """A client with a system of its own: Chroma shares one among all clients of a path, stale or not."""
    settings = Settings(
        is_persistent=True, persist_directory=str(path), chroma_api_impl="chromadb.api.rust.RustBindingsAPI", anonymized_telemetry=False
    )
    system = System(settings)
    system.instance(ServerAPI)  # type: ignore[type-abstract]  # here and not in the client, whose own clean-up would hide what failed
    system.start()
    with _unnoted(str(path)):
        client = Client.from_system(system)
    return Connection(client, system.stop, local=True)


def _address(where: str) -> tuple[str, str, int]:
    """Scheme, host and port of a server's URL. Raises ConfigError."""
    try:
        url = urlsplit(where)
        if url.scheme in ("http", "https") and url.hostname:
            return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else 80)
    except ValueError:  # its message quotes what stands where the port should, part of a password perhaps
        pass
    raise ConfigError(f"PAPERCHAT_CHROMA_URL is {masked_url(where)!r}; write http://host:port or https://host")


def server(config: Config) -> Connection:
    """A client of the server that is set. Raises ConfigError, IndexUnreachable."""
    where = config.chroma_url or ""
    scheme, host, port = _address(where)
    key = _key(config)
    make = _cloud if host.endswith(_CLOUD) else _own
    try:
        client = _in_time(lambda: make(config, scheme, host, port, key), config.chroma_timeout)
    except PaperchatError:
        raise
    except Exception as error:  # httpx, ValueError and Chroma's own
        raise fault(error, where) from error
    for session in _sessions(client):
        session.timeout = httpx.Timeout(config.chroma_timeout)  # Chroma's have no setting for it (1.5)
    return Connection(client, partial(_hang_up, client), local=False)


def _key(config: Config) -> str | None:
    """The key that is set. Raises ConfigError, without the key, for one that no header may hold."""
    key = config.chroma_api_key.get_secret_value().strip() if config.chroma_api_key else ""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError("a character that no key has (a blank, a line feed, not ASCII) is in PAPERCHAT_CHROMA_API_KEY; set it anew")
    return key or None


def _in_time(make: Callable[[], ClientAPI], seconds: float) -> ClientAPI:
    """A client; Chroma's asks its server things while it is made, and waits for ever."""
    made: SimpleQueue[ClientAPI | Exception] = SimpleQueue()

    def run() -> None:
        try:
            made.put(make())
        except Exception as error:
            made.put(error)

    Thread(target=run, daemon=True).start()
    try:
        client = made.get(timeout=seconds)
    except Empty:
        raise httpx.ReadTimeout(f"timed out after {seconds:g} s") from None
    if isinstance(client, Exception):
        raise client
    return client


def _sessions(client: ClientAPI) -> list[httpx.Client]:
    """What a server's client asks by, and what the one within it, that looks for databases, does."""
    parts = (client, getattr(client, "_admin_client", None))
    found = (getattr(getattr(part, "_server", None), "_session", None) for part in parts)
    return [session for session in found if isinstance(session, httpx.Client)]


def _hang_up(client: ClientAPI) -> None:
    """Close a server's client, and its connections, which it would keep (1.5)."""
    if isinstance(client, Client):
        client.close()
    for session in _sessions(client):
        session.close()


def _own(config: Config, scheme: str, host: str, port: int, key: str | None) -> ClientAPI:
    """Of a server of one's own; the key is for what stands before it."""
    return chromadb.HttpClient(
        host=host,
        port=port,
        ssl=scheme == "https",
        headers={"Authorization": f"Bearer {key}", "X-Chroma-Token": key} if key else None,
        settings=Settings(anonymized_telemetry=False),
        tenant=config.chroma_tenant,
        database=config.chroma_database,
    )


def _cloud(config: Config, scheme: str, host: str, port: int, key: str | None) -> ClientAPI:
    """Of Chroma Cloud, where the key tells the tenant, and the database too if it is for one only."""
    if not key:
        raise ConfigError(f"{host} wants a key; set PAPERCHAT_CHROMA_API_KEY")
    return chromadb.CloudClient(
        tenant=None if config.chroma_tenant == DEFAULT_TENANT else config.chroma_tenant,
        database=None if config.chroma_database == DEFAULT_DATABASE else config.chroma_database,
        api_key=key,
        settings=Settings(anonymized_telemetry=False),
        cloud_host=host,
        cloud_port=port,
        enable_ssl=scheme == "https",
    )
