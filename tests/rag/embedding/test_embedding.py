"""The embedding that ships, and the training that makes it."""

import json
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import StaticEmbedder, StaticTable, as_embedder

WEIGHTS = Path(__file__).parents[3] / "rag" / "embedding" / "weights"


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def test_vectors_are_normalised_and_an_empty_text_is_zeros(embedder: StaticEmbedder) -> None:
    vectors = embedder.encode(["speculative decoding", "", "量子", "pruning and merging " * 5_000])
    assert vectors.shape == (4, embedder.table.dimensions) and vectors.dtype == np.float32
    norms = np.linalg.norm(vectors, axis=1)
    assert np.allclose(norms[[0, 3]], 1, atol=1e-5) and norms[1] == 0
    assert embedder.encode([]).shape == (0, embedder.table.dimensions)


def test_one_text_and_many_agree(embedder: StaticEmbedder) -> None:
    texts = [f"paper number {i} on pruning" for i in range(2_000)]
    many = embedder.encode(texts)
    for i in (0, 1_023, 1_024, 1_999):
        assert np.allclose(many[i], embedder.table.encode_one(texts[i]), atol=1e-5)


def test_it_knows_the_field(embedder: StaticEmbedder) -> None:
    question = embedder.encode_query("make decoding faster with a draft model")
    near, far = embedder.encode(["speculative decoding accelerates inference", "segmenting tumours in medical images"])
    assert question @ near > question @ far + 0.2


def test_the_fingerprint_tells_tables_apart(tmp_path: Path, embedder: StaticEmbedder) -> None:
    for name in ("table.npy", "scale.npy", "tokenizer.json"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    assert StaticTable.load(tmp_path).fingerprint == embedder.table.fingerprint
    scale = np.load(tmp_path / "scale.npy")
    scale[7] += 1
    np.save(tmp_path / "scale.npy", scale)
    assert StaticTable.load(tmp_path).fingerprint != embedder.table.fingerprint


def test_tables_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    for name in ("table.npy", "scale.npy", "tokenizer.json"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    np.save(tmp_path / "scale.npy", np.load(tmp_path / "scale.npy")[:-1])
    with pytest.raises(ValueError, match="differ in length"):
        StaticTable.load(tmp_path)


def test_provenance_and_licence_stand_beside_the_weights() -> None:
    text = (WEIGHTS / "README.md").read_text()
    for needed in ("CC0", "CC BY 4.0", "paperchat train-embedding", "Apache"):
        assert needed in text


def test_any_llama_index_embedding_fits_the_slot() -> None:
    from llama_index.core.embeddings import MockEmbedding

    adapted = as_embedder(MockEmbedding(embed_dim=8))
    assert adapted.encode(["a", "b"]).shape == (2, 8)
    assert adapted.encode_query("a").shape == (8,)
    assert adapted.fingerprint.startswith("MockEmbedding") and adapted.fingerprint.endswith(":8")


def test_training_on_few_abstracts_makes_a_table_that_loads(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs pip install 'paperchat[train]'")
    from rag.embedding.training import train

    topics = ["pruning weights of networks", "decoding tokens in parallel", "federated learning of clients", "graphs and their nodes"]
    lines = [
        {"title": f"{t} {i}", "abstract": f"We study {t} in setting {i}. The {t} works well and is fast enough."}
        for i in range(40)
        for t in topics
    ]
    file = tmp_path / "abstracts.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    train(file, tmp_path / "one", vocabulary=300, dimensions=16, epochs=1)
    train(file, tmp_path / "two", vocabulary=300, dimensions=16, epochs=1)
    one, two = StaticTable.load(tmp_path / "one"), StaticTable.load(tmp_path / "two")
    assert one.dimensions == 16 and one.fingerprint == two.fingerprint
    assert np.linalg.norm(one.encode_one("parallel decoding")) == pytest.approx(1, abs=1e-4)


def test_training_without_torch_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from rag.embedding.training import train

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"paperchat\[train\]"):
        train(tmp_path / "x.jsonl", tmp_path / "out")
