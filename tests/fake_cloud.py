"""Chroma Cloud on loopback: a real Chroma server behind what Cloud does differently.

As published for Cloud (docs.trychroma.com/cloud/quotas-limits), and as measured there in
October 2026 by the ChromaDotNet client's authors (its docs/COMPATIBILITY.md): a key in
`X-Chroma-Token` only, which tells tenant and database; 300 records a request, though
`max_batch_size` says 1000; a longer answer that no limit was asked for is cut off without a
word. Metadata values are held to 4,096 bytes, the smaller of the two figures given. What else
is limited, and `search` with sparse vectors, is as in Chroma's source: rust/frontend (quota),
rust/worker/src/execution/operators (idf.rs, sparse_index_knn.rs): see tests/fake_search.py.

It is reached as the proxy for http://api.trychroma.com, so that the client takes it for Cloud.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.config import Settings

from tests.fake_search import Refused, Words, hold

KEY = "ck-made-up-key-of-cloud"
URL = "http://api.trychroma.com"
RECORDS = 300
_RECORD_VALUE, _COLLECTION_VALUE = 4_096, 256


def _size(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else 8


class FakeCloud:
    """One tenant with one database, kept by the Chroma server at `behind`."""

    def __init__(self, behind: str, name: str, most_papers: int = 5_000_000, words: bool = True) -> None:
        self.tenant, self.database, self._most_papers = f"tenant-{name}", f"papers-{name}", most_papers
        parts = urlsplit(behind)
        admin = chromadb.AdminClient(
            Settings(
                chroma_api_impl="chromadb.api.fastapi.FastAPI",
                chroma_server_host=str(parts.hostname),
                chroma_server_http_port=parts.port,
                anonymized_telemetry=False,
            )
        )
        admin.create_tenant(self.tenant)
        admin.create_database(self.database, self.tenant)
        self._words = Words() if words else None
        self._client = httpx.Client(base_url=behind, headers={"content-type": "application/json"}, timeout=60, trust_env=False)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """What Cloud answers."""
        try:
            if headers.get("authorization") or headers.get("x-chroma-token") != KEY:
                raise Refused(401, "AuthError", "Unauthorized")
            if path.endswith("/auth/identity"):
                return 200, json.dumps({"user_id": "someone", "tenant": self.tenant, "databases": [self.database]}).encode()
            if path.endswith("/pre-flight-checks"):
                return 200, json.dumps({"max_batch_size": 1_000, "supports_base64_encoding": True}).encode()
            return self._passed_on(method, path, json.loads(body) if body else None)
        except Refused as refused:
            return refused.status, json.dumps(refused.body).encode()

    def _passed_on(self, method: str, path: str, asked: Any) -> tuple[int, bytes]:
        action = path.partition("?")[0].rpartition("/")[2]
        if isinstance(asked, dict):
            self._held_to_quota(path, action, asked)
        if action == "search" and self._words:
            return 200, json.dumps(self._words.search(path.removesuffix("/search"), asked["searches"], self._there)).encode()
        taken = self._words.take(method, path, asked) if self._words else None
        status, answer = self._there(method, path, asked)
        return status, json.dumps(self._words.shown(answer, taken)).encode() if self._words else json.dumps(answer).encode()

    def _there(self, method: str, path: str, asked: Any) -> tuple[int, Any]:
        """What the real server answers."""
        there = self._client.request(method, path, content=json.dumps(asked) if asked is not None else b"")
        return there.status_code, there.json()

    def _held_to_quota(self, path: str, action: str, asked: dict[str, Any]) -> None:
        if action in ("add", "upsert", "update", "delete"):
            hold("Number of records", action.title(), len(asked.get("ids") or ()), RECORDS)
            for metadata in asked.get("metadatas") or ():
                for value in (metadata or {}).values():
                    hold("Size of metadata dictionary value (bytes)", action.title(), _size(value), _RECORD_VALUE)
        if action == "upsert":
            held = self._client.get(path.replace("/upsert", "/count")).json()
            hold("Collection size (records)", "Upsert", held + len(asked["ids"]), self._most_papers)
        if action == "get":
            hold("Limit value", "Get", asked.get("limit") or 0, RECORDS)
            asked["limit"] = asked.get("limit") or RECORDS
        if action == "query":
            hold("Number of results", "Query", asked.get("n_results") or 0, RECORDS)
        if action == "collections" or asked.get("new_metadata"):
            for value in (asked.get("metadata") or asked.get("new_metadata") or {}).values():
                hold("Size of metadata dictionary value (bytes)", "Update Collection", _size(value), _COLLECTION_VALUE)


@contextmanager
def running(cloud: FakeCloud) -> Iterator[str]:
    """The address to set as HTTP_PROXY."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

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
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
