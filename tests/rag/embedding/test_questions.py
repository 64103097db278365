"""How the embedding that ships reads a question: what was learnt of questions, and that an index of papers stays as it is."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import QUESTIONS, StaticEmbedder
from rag.evaluation.clusters import Cluster, load_clusters
from rag.text import content_words

WEIGHTS = Path(__file__).parents[3] / "rag" / "embedding" / "weights"
JUDGED = Path(__file__).parents[2] / "eval"


def _own_table(folder: Path) -> Path:
    """The table that ships, and what was learnt of questions, in a folder of its own."""
    folder.mkdir()
    for name in ("table.npy", "scale.npy", "tokenizer.json", QUESTIONS):
        shutil.copy(WEIGHTS / name, folder)
    return folder


def _found(embedder: StaticEmbedder, clusters: list[Cluster], kind: str, *, learnt: bool) -> float:
    """Recall@10 over all papers of the clusters, by the vectors alone."""
    papers = [paper for cluster in clusters for paper in cluster.papers]
    held = embedder.encode([f"{paper.title}. {paper.abstract}" for paper in papers])
    shares = []
    for question in (question for cluster in clusters for question in cluster.questions if question.type == kind and question.wanted):
        text = " ".join(content_words(question.text))
        vector = embedder.encode_query(text) if learnt else embedder.table.encode_one(text)
        best = {papers[i].paper_id for i in np.argsort(-(held @ vector))[:10].tolist()}
        shares.append(len(best & question.wanted) / len(question.wanted))
    return float(np.mean(shares))


def test_questions_in_words_of_their_own_find_their_papers_on_clusters_that_were_not_learnt() -> None:
    embedder, clusters = StaticEmbedder(), load_clusters(JUDGED / "clusters_spared.jsonl.gz")[:48]
    assert _found(embedder, clusters, "everyday", learnt=True) > _found(embedder, clusters, "everyday", learnt=False) + 0.05
    for kind in ("broad", "narrow", "known", "detail"):
        assert _found(embedder, clusters, kind, learnt=True) > _found(embedder, clusters, kind, learnt=False) - 0.03


def test_a_question_is_of_length_one_and_one_of_unknown_characters_is_zeros() -> None:
    embedder = StaticEmbedder()
    for text, length in (("make decoding faster", 1.0), ("make make make decoding faster faster", 1.0), ("", 0.0), ("量子", 0.0)):
        vector = embedder.encode_query(text)
        assert vector.shape == (embedder.table.dimensions,) and vector.dtype == np.float32
        assert float(np.linalg.norm(vector)) == pytest.approx(length, abs=1e-5)


def test_what_was_learnt_does_not_touch_papers_or_the_index() -> None:
    embedder = StaticEmbedder()
    assert embedder.fingerprint.startswith(f"static:{embedder.table.fingerprint[:16]}")
    assert not np.allclose(embedder.encode(["pruning of networks"])[0], embedder.encode_query("pruning of networks"), atol=0.01)


def test_a_table_without_it_or_another_table_reads_questions_as_papers(tmp_path: Path) -> None:
    without, other = _own_table(tmp_path / "without"), _own_table(tmp_path / "other")
    (without / QUESTIONS).unlink()
    scale = np.load(other / "scale.npy")
    np.save(other / "scale.npy", scale * 2)
    for folder in (without, other):
        embedder = StaticEmbedder(folder)
        assert np.allclose(embedder.encode_query("pruning of networks"), embedder.encode(["pruning of networks"])[0], atol=1e-6)


def test_the_training_command_writes_what_ships(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs pip install 'paperchat[train]'")
    from rag.evaluation.train_questions import main

    with gzip.open(JUDGED / "clusters_shipped.jsonl.gz", "rt") as lines:
        few = [line for line, _ in zip(lines, range(6), strict=False)]
    file = tmp_path / "few.jsonl.gz"
    with gzip.open(file, "wt") as out:
        out.writelines(few)
    main([str(file), "--out", str(tmp_path)])
    with np.load(tmp_path / QUESTIONS) as written, np.load(WEIGHTS / QUESTIONS) as ships:
        assert {name: written[name].shape for name in written.files} == {name: ships[name].shape for name in ships.files}
    folder = _own_table(tmp_path / "own")
    shutil.copy(tmp_path / QUESTIONS, folder)
    wanted = json.loads(few[0])["questions"][0]["question"]
    assert not np.allclose(StaticEmbedder(folder).encode_query(wanted), StaticEmbedder(folder).table.encode_one(wanted), atol=1e-4)
