"""Paperchat inside LlamaIndex: our embedder and our retriever in its slots.

Kept apart because subclassing needs `llama_index.core`, which costs more to import than all
else that an extractive answer needs.
"""

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from corpus import Paper
from rag.assistant import Assistant, default_assistant
from rag.embedding import StaticEmbedder
from rag.filters import Filters


class PaperEmbedding(BaseEmbedding):
    """The static embedding that ships, as a LlamaIndex embedding: offline, without torch."""

    _embedder: StaticEmbedder = PrivateAttr()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(model_name="paperchat-static", **kwargs)
        self._embedder = StaticEmbedder()

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(map(float, self._embedder.encode_query(text)))

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, row)) for row in self._embedder.encode(texts)]


class PaperRetriever(BaseRetriever):
    """Paperchat's search as a LlamaIndex retriever: a node for each paper, best first.

    A node's text is title and abstract; its metadata holds what is known of the paper.
    """

    def __init__(self, assistant: Assistant | None = None, k: int = 10, filters: Filters | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._assistant = assistant or default_assistant()
        self._k, self._filters = k, filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(query_bundle.query_str, self._k, self._filters)
        return [NodeWithScore(node=_node(hit.paper), score=hit.score) for hit in hits]


def _node(paper: Paper) -> TextNode:
    known = {
        "title": paper.title,
        "published": paper.published,
        "organisation": paper.organisation,
        "author_count": paper.author_count,
        "url": paper.url,
    }
    metadata = {name: value for name, value in known.items() if value is not None}
    return TextNode(
        id_=paper.paper_id,
        text=f"{paper.title}\n\n{paper.abstract}",
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=list(metadata),
    )
