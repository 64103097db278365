"""Chroma Cloud on loopback: a real Chroma server behind what Cloud does differently.

As published for Cloud (docs.trychroma.com/cloud/quotas-limits), and as measured there in
October 2026 by the ChromaDotNet client's authors (its docs/COMPATIBILITY.md): a key in
`X-Chroma-Token` only, which tells tenant and database; 300 records a request, though
`max_batch_size` says 1000; a longer answer that no limit was asked for is cut off without a
word. Metadata values are held to 4,096 bytes, the smaller of the two figures given. What else
is limited, and `search` with sparse vectors, is as in Chroma's source: rust/frontend (quota),
rust/worker/src/execution/operators (idf.rs, sparse_index_knn.rs): see tests/doubles/sparse_search.py.

It is reached as a proxy for http://api.trychroma.com, so that the client takes it for Cloud.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.doubles.chroma_server import admin
from tests.doubles.sparse_search import Refused, Words, hold

URL = "http://api.trychroma.com"
RECORDS = 300
_RECORD_VALUE, _COLLECTION_VALUE, _ID, _KEYS = 4_096, 256, 128, 32


@dataclass(frozen=True)
class Tenant:
    """What a key is for: one database, of at most so many papers."""

    name: str
    database: str
    most_papers: int


def _size(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else 8


class FakeCloud:
    """Tenants, each with a key and a database, kept by the Chroma server at `behind`."""

    def __init__(self, behind: str) -> None:
        self._admin = admin(behind)
        self.address = ""
        self._tenants: dict[str, Tenant] = {}
        self._words, self._lock = Words(), threading.Lock()
        self._client = httpx.Client(base_url=behind, headers={"content-type": "application/json"}, timeout=60, trust_env=False)

    def settings(self, most_papers: int = 5_000_000) -> dict[str, str]:
        """Settings of a new tenant's; every request to Cloud comes here, those to loopback go where they should."""
        key, name = f"ck-{uuid4().hex}", f"tenant-{uuid4().hex}"
        self._admin.create_tenant(name)
        self._admin.create_database(f"papers-{name}", name)
        self._tenants[key] = Tenant(name, f"papers-{name}", most_papers)
        proxy = {"ALL_PROXY": self.address, "NO_PROXY": "127.0.0.1,localhost"}
        return {"PAPERCHAT_CHROMA_URL": URL, "PAPERCHAT_CHROMA_API_KEY": key, **proxy}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """What Cloud answers."""
        try:
            tenant = self._tenants.get(headers.get("x-chroma-token", ""))
            if headers.get("authorization") or not tenant:
                raise Refused(401, "AuthError", "Unauthorized")
            if path.endswith("/auth/identity"):
                return 200, json.dumps({"user_id": "someone", "tenant": tenant.name, "databases": [tenant.database]}).encode()
            if path.endswith("/pre-flight-checks"):
                return 200, json.dumps({"max_batch_size": 1_000, "supports_base64_encoding": True}).encode()
            with self._lock:
                return self._passed_on(method, path, json.loads(body) if body else None, tenant)
        except Refused as refused:
            return refused.status, json.dumps(refused.body).encode()

    def _passed_on(self, method: str, path: str, asked: Any, tenant: Tenant) -> tuple[int, bytes]:
        action = path.partition("?")[0].rpartition("/")[2]
        if isinstance(asked, dict):
            self._held_to_quota(path, action, asked, tenant)
        if action == "search":
            return 200, json.dumps(self._words.search(path.removesuffix("/search"), asked["searches"], self._there)).encode()
        made = self._words.take(method, path, asked)
        status, answer = self._there(method, path, asked)
        return status, json.dumps(self._words.shown(answer, made)).encode()

    def _there(self, method: str, path: str, asked: Any) -> tuple[int, Any]:
        """What the real server answers."""
        there = self._client.request(method, path, content=json.dumps(asked) if asked is not None else b"")
        return there.status_code, there.json()

    def _held_to_quota(self, path: str, action: str, asked: dict[str, Any], tenant: Tenant) -> None:
        if action in ("add", "upsert", "update", "delete"):
            hold("Number of records", action.title(), len(asked.get("ids") or ()), RECORDS)
            for paper_id in asked.get("ids") or ():
                hold("ID size (bytes)", action.title(), len(paper_id.encode()), _ID)
            for metadata in asked.get("metadatas") or ():
                hold("Number of metadata dictionary keys", action.title(), len(metadata or {}), _KEYS)
                for value in (metadata or {}).values():
                    hold("Size of metadata dictionary value (bytes)", action.title(), _size(value), _RECORD_VALUE)
        if action == "upsert":
            held = self._client.get(path.replace("/upsert", "/count")).json()
            hold("Collection size (records)", "Upsert", held + len(asked["ids"]), tenant.most_papers)
        if action == "get":
            hold("Limit value", "Get", asked.get("limit") or 0, RECORDS)
            asked["limit"] = asked.get("limit") or RECORDS
        if action == "query":
            hold("Number of results", "Query", asked.get("n_results") or 0, RECORDS)
        if action == "collections" or asked.get("new_metadata"):
            for value in (asked.get("metadata") or asked.get("new_metadata") or {}).values():
                hold("Size of metadata dictionary value (bytes)", "Update Collection", _size(value), _COLLECTION_VALUE)


@contextmanager
def running(behind: str) -> Iterator[FakeCloud]:
    """Cloud, before the Chroma server at `behind`."""
    cloud = FakeCloud(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            asked, body = urlsplit(self.path), self.rfile.read(int(self.headers.get("content-length", 0)))
            assert asked.hostname == urlsplit(URL).hostname
            path = asked.path + (f"?{asked.query}" if asked.query else "")
            status, answer = cloud.answer(self.command, path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 (as http.server wants them)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cloud.address = f"http://127.0.0.1:{server.server_port}"
        yield cloud
        server.shutdown()
