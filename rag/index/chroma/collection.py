"""A collection of Chroma's: made as ours are, and loaded."""

import re

from chromadb import Collection
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.errors import NotFoundError

from rag.index.chroma.sparse import schema, searched_there

_HNSW: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 200, "max_neighbors": 16}}

_REFUSAL = re.compile(r"sparse|schema|already exists", re.IGNORECASE)
"""This server cannot search words, or another process was quicker."""


def open_collection(client: ClientAPI, name: str, words: bool) -> Collection:
    """The collection of this name; with `words`, a new one is made such that the server searches its words, if it can."""
    if words:
        try:
            return client.get_collection(name, embedding_function=None)
        except NotFoundError:
            pass
        try:
            made = client.create_collection(name, embedding_function=None, schema=schema())
            if searched_there(made) or made.count():
                return made
            client.delete_collection(name)  # it passed over what it does not know, and would compare vectors by another measure
        except Exception as error:  # Chroma has many kinds for it
            if not _REFUSAL.search(str(error)):
                raise
    return client.get_or_create_collection(name, embedding_function=None, configuration=_HNSW)


def load(collection: Collection) -> None:
    """Load the vectors of a local one."""
    collection.get(limit=1, include=["embeddings"])
