"""Chroma's `search` by sparse and dense vectors, as Cloud has it, over a server that has none: sparse vectors are kept here."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

Ask = Callable[[str, str, Any], tuple[int, Any]]
_LIMIT, _SEARCHES, _IDS, _PREDICATES = 300, 5, 1_000, 8
_INDEX = {"sparse_vector_index": {"enabled": True, "config": {"bm25": True, "embedding_function": {"type": "unknown"}}}}


class Refused(Exception):
    """What Cloud answers instead: a status, an error's name, a message."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(status, name, message)
        self.status, self.body = status, {"error": name, "message": message}


def hold(what: str, action: str, usage: int, limit: int) -> None:
    """Refuse what is over a quota."""
    if usage > limit:
        told = f"'{what}' exceeded quota limit for action '{action}': current usage of {usage} exceeds limit of {limit}"
        raise Refused(422, "ChromaError", f"Quota exceeded: {told}")


def _is_sparse(value: object) -> bool:
    return isinstance(value, dict) and value.get("#type") == "sparse_vector"


def _parts(where: Any) -> list[dict[str, Any]]:
    """The conditions that all must hold."""
    return [part for one in where["$and"] for part in _parts(one)] if where and "$and" in where else [where] if where else []


def _predicates(where: Any) -> int:
    joined = where.get("$and") or where.get("$or")
    return sum(map(_predicates, joined)) if joined else 1


class Words:
    """Sparse vectors of the collections made with an index for them: by the collection's id, the paper's id."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._held: dict[str, dict[str, dict[int, float]]] = {}

    def take(self, method: str, path: str, asked: Any) -> str | None:
        """Keep what the real server refuses; returns the key of a sparse index that is being made."""
        collection, _, action = path.partition("?")[0].rpartition("/")
        if method == "POST" and action == "collections":
            keys = (asked.get("schema") or {}).get("keys", {})
            made = [name for name, kinds in keys.items() if kinds.get("sparse_vector", {}).get("sparse_vector_index", {}).get("enabled")]
            return keys.pop(made[0]) and made[0] if made else None
        held = self._held.get(collection.rpartition("/")[2])
        if action == "upsert":
            for paper_id, metadata in zip(asked["ids"], asked["metadatas"], strict=True):
                for key in [key for key, value in metadata.items() if _is_sparse(value)]:
                    if held is None:
                        raise Refused(400, "InvalidArgumentError", "no sparse vector index is there")
                    vector = metadata.pop(key)
                    assert vector["indices"] == sorted(set(vector["indices"])) and max(vector["indices"], default=0) < 2**32
                    held[paper_id] = dict(zip(vector["indices"], vector["values"], strict=True))
        if action == "delete" and held is not None:
            for paper_id in asked["ids"]:
                held.pop(paper_id, None)
        return None

    def shown(self, answer: Any, made: str | None) -> Any:
        """A collection, or several, with the index that the real server does not know of."""
        for one in answer if isinstance(answer, list) else [answer]:
            if isinstance(one, dict) and "schema" in one:
                if made:
                    self._keys[one["id"]] = made
                    self._held.setdefault(one["id"], {})
                if key := self._keys.get(one["id"]):
                    one["schema"]["keys"][key] = {"sparse_vector": _INDEX}
        return answer

    def search(self, path: str, searches: list[dict[str, Any]], ask: Ask) -> dict[str, Any]:
        """What `search` answers."""
        hold("Number of search payloads in a search", "Search", len(searches), _SEARCHES)
        found = [self._one(path, search, ask) for search in searches]
        nothing = [None] * len(found)
        return {
            "ids": [[i for i, _ in one] for one in found],
            "scores": [[score for _, score in one] for one in found],
            "metadatas": [
                [self._metadata(path, i, search["select"]["keys"]) for i, _ in one] for one, search in zip(found, searches, strict=True)
            ],
            "documents": nothing,
            "embeddings": nothing,
            "select": [search["select"]["keys"] for search in searches],
        }

    def _metadata(self, path: str, paper_id: str, keys: list[str]) -> dict[str, Any]:
        collection = path.rpartition("/")[2]
        if self._keys.get(collection) not in keys:
            return {}
        pairs = sorted(self._held[collection][paper_id].items())
        vector = {"#type": "sparse_vector", "indices": [i for i, _ in pairs], "values": [value for _, value in pairs]}
        return {self._keys[collection]: vector}

    def _one(self, path: str, search: dict[str, Any], ask: Ask) -> list[tuple[str, float | None]]:
        where, limit = search.get("filter"), search["limit"].get("limit") or _LIMIT
        hold("Limit value", "Search", limit, _LIMIT)
        passing = self._passing(path, where, ask) if where else None
        if not search.get("rank"):
            _, got = ask("POST", f"{path}/get", {"limit": limit, "include": []})
            return [(paper_id, None) for paper_id in got["ids"]]
        knn = search["rank"]["$knn"]
        hold("Limit value in rank expression", "Search", knn["limit"], _LIMIT)
        if _is_sparse(knn["query"]):
            found = self._by_words(path.rpartition("/")[2], knn, passing)
        else:
            found = self._by_vector(path, knn, passing, ask)
        return found[: min(limit, knn["limit"])]

    def _passing(self, path: str, where: dict[str, Any], ask: Ask) -> list[str]:
        hold("Number of where clause predicates", "Search", _predicates(where), _PREDICATES)
        ids, rest = None, list[dict[str, Any]]()
        for part in _parts(where):
            if "#id" in part:
                ids = part["#id"]["$in"]
                hold("Number of IDs to filter by in a query", "Search", len(ids), _IDS)
            else:
                rest.append(part)
        asked = {"ids": ids, "where": {"$and": rest} if len(rest) > 1 else rest[0] if rest else None, "include": []}
        status, got = ask("POST", f"{path}/get", asked)
        assert status == 200, got
        return list(got["ids"])

    def _by_words(self, collection: str, knn: dict[str, Any], passing: list[str] | None) -> list[tuple[str, float | None]]:
        """Papers without any of the words are ranked, too, with the score 1."""
        assert self._keys[collection] == knn["key"]
        held = self._held[collection]
        frequency = Counter(index for vector in held.values() for index in vector)
        query = {
            index: value * math.log1p((len(held) - frequency[index] + 0.5) / (frequency[index] + 0.5))
            for index, value in zip(knn["query"]["indices"], knn["query"]["values"], strict=True)
        }
        scores = {
            i: 1.0 - sum(value * held[i].get(index, 0.0) for index, value in query.items())
            for i in (passing if passing is not None else held)
        }
        return sorted(scores.items(), key=lambda pair: pair[1])

    def _by_vector(self, path: str, knn: dict[str, Any], passing: list[str] | None, ask: Ask) -> list[tuple[str, float | None]]:
        if passing == []:
            return []
        asked = {"query_embeddings": [knn["query"]], "n_results": knn["limit"], "ids": passing, "include": ["distances"]}
        status, got = ask("POST", f"{path}/query", asked)
        assert status == 200, got
        return list(zip(got["ids"][0], got["distances"][0], strict=True))
