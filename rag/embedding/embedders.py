"""Embedders: text -> vectors. The one that ships, any of LlamaIndex's, or an OpenAI-compatible endpoint."""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from rag.config import Config
from rag.embedding.asking import QuestionSide
from rag.embedding.static import StaticTable
from rag.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """What the index needs of an embedder. Vectors are L2-normalised; an empty text gives zeros."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: model, weights and dimensions."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) of n documents. Raises ModelError when an endpoint fails."""

    def encode_query(self, text: str) -> Vectors:
        """(dimensions,) of a question. Raises ModelError when an endpoint fails."""


def _loaded(folder: Path) -> tuple[StaticTable, QuestionSide | None]:
    table = StaticTable.load(folder)
    return table, QuestionSide.load(folder, table)


_shipped = cache(_loaded)
"""Loaded once: it never changes."""


class StaticEmbedder:
    """The table that ships: a text is the normalised sum of its tokens' rows; a question is read by what was learnt of questions."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(str(resources.files("rag.embedding") / "weights"))
        self.table, self._questions = _loaded(self.folder) if folder else _shipped(self.folder)

    @property
    def fingerprint(self) -> str:
        return f"static:{self.table.fingerprint[:16]}:{self.table.dimensions}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self.table.encode(texts)

    def encode_query(self, text: str) -> Vectors:
        return self._questions.encode(self.table, text) if self._questions else self.table.encode_one(text)


class LlamaIndexEmbedder:
    """Any LlamaIndex `BaseEmbedding` in the embedder's place."""

    def __init__(self, model: "BaseEmbedding") -> None:
        self._model = model
        self._fingerprint: str | None = None

    @property
    def fingerprint(self) -> str:
        """Of the model's class and name, and of the vector of a fixed text: same name, other weights differ."""
        if self._fingerprint is None:
            probe = self.encode(["Paperchat asks an embedder for its fingerprint."])[0]
            digest = hashlib.sha256(np.round(probe, 2).tobytes()).hexdigest()[:8]
            name = f"{type(self._model).__name__}:{self._model.model_name}"
            self._fingerprint = f"{name}:{digest}:{len(probe)}"
        return self._fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        return _normalised(self._call(self._model.get_text_embedding_batch, list(texts)))

    def encode_query(self, text: str) -> Vectors:
        return np.asarray(_normalised([self._call(self._model.get_query_embedding, text)])[0])

    def _call(self, function: Any, argument: Any) -> Any:
        try:
            return function(argument)
        except Exception as error:  # whatever the provider's client raises
            raise ModelError(f"the embedder {self._model.model_name} failed: {type(error).__name__}; check its endpoint and key") from error


def _normalised(rows: Any) -> Vectors:
    vectors = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)


def _openai_embedder(model: str, config: Config) -> LlamaIndexEmbedder:
    from llama_index.embeddings.openai_like import OpenAILikeEmbedding

    key = config.openai_api_key.get_secret_value() if config.openai_api_key else "none"
    return LlamaIndexEmbedder(
        OpenAILikeEmbedding(
            model_name=model,
            api_base=config.openai_base_url or "https://api.openai.com/v1",
            api_key=key,
            max_retries=config.llm_retries,
            timeout=config.llm_timeout,
            embed_batch_size=256,
        )
    )


def open_embedder(config: Config) -> Embedder:
    """The embedder that `PAPERCHAT_EMBED_MODEL` names. Raises ConfigError for an unknown one."""
    kind, _, model = config.embed_model.partition(":")
    if kind == "static" and not model:
        return StaticEmbedder()
    if kind == "openai" and model:
        return _openai_embedder(model, config)
    raise ConfigError(f"PAPERCHAT_EMBED_MODEL is {config.embed_model!r}; write 'static' or 'openai:<model>'")


def as_embedder(model: "Embedder | BaseEmbedding") -> Embedder:
    """An embedder as it is, or a LlamaIndex one adapted."""
    if hasattr(model, "encode") and hasattr(model, "fingerprint"):
        return cast(Embedder, model)
    return LlamaIndexEmbedder(model)
