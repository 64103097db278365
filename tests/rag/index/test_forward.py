"""The forward index and what it is filled with: the same numbers as from the texts themselves, whatever happens to its files."""

import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest

from corpus import Paper
from rag.assistant import Assistant
from rag.config import Config
from rag.embedding import StaticEmbedder
from rag.errors import IndexDamaged
from rag.index import Index
from rag.index.child import command
from rag.index.entries import PaperEncoder, stem_hash
from rag.index.entries_process import EncodingProcess
from rag.index.lexical.forward import ForwardIndex
from rag.index.records import embedded_text
from rag.retrieval import PassageReader
from rag.retrieval.closeness import closeness
from tests.doubles.killing import papers

ODD = [
    Paper("empty", "A title and nothing else", ""),
    Paper("scripts", "Größe and naïveté: S²FT of 量子計算", "量子 is no word of the table. Nor is ©ξ, or a" + "b" * 80 + ". 中文 tokens."),
    Paper("again", "token token token", "token " * 700 + ". Token."),
    Paper("marks", "...", "?! ... -- . \ue000 private \ue000use."),
    Paper("größe/π", "An id of other letters", "One sentence. Another (e.g. this one) follows. A third."),
]


@pytest.fixture(scope="module")
def encoder() -> PaperEncoder:
    return PaperEncoder(StaticEmbedder())


def held(folder: Path, encoder: PaperEncoder, wanted: list[Paper]) -> ForwardIndex:
    forward = ForwardIndex(folder)
    assert forward.append(encoder.encode(wanted)[1]) == 0
    forward.reload()
    return forward


def test_vectors_are_those_of_the_embedder(encoder: PaperEncoder) -> None:
    wanted = [*papers(30), *ODD[:3], *ODD[4:]]
    vectors, entries = encoder.encode(wanted)
    assert len(entries) == len(wanted)
    assert np.allclose(vectors, encoder.static.encode([embedded_text(paper) for paper in wanted]), atol=1e-5)


def test_closeness_is_that_of_the_texts(tmp_path: Path, encoder: PaperEncoder, assistant: Assistant) -> None:
    wanted = [*assistant.index.all_papers(), *ODD]
    forward, terms = held(tmp_path, encoder, wanted), assistant.index.lexical.terms
    rows = np.arange(len(wanted))[::-1].copy()
    assert forward.ids(rows) == [paper.paper_id for paper in wanted[::-1]]
    read = PassageReader(encoder.static, terms).read(wanted[::-1])
    for question in ("parallel decoding of diffusion language models", "token", "量子計算 naïveté größe S2FT"):
        vector = encoder.static.encode_query(question)
        stems = list(dict.fromkeys(terms(question)))
        close = closeness(forward.columns(rows), encoder.static.table, vector, {stem_hash(stem): 1.0 for stem in stems})
        cosines = [passages.vectors @ vector for passages in read]
        assert np.allclose(close.title, [c[0] for c in cosines], atol=1e-4)
        best = [np.sort(c[1:])[-2:].mean() if len(c) > 1 else c[0] for c in cosines]
        assert np.allclose(close.sentence, best, atol=0.02)  # beyond 255 of one token in one sentence it is no more counted
        assert np.allclose(np.delete(close.sentence, 2), np.delete(best, 2), atol=1e-4)
        assert close.coverage.tolist() == pytest.approx([len(p.all_terms & set(stems)) / len(stems) for p in read])
        assert close.title_coverage.tolist() == pytest.approx([len(p.terms[0] & set(stems)) / len(stems) for p in read])


def test_a_process_of_its_own_encodes_alike_and_may_die(encoder: PaperEncoder) -> None:
    process, wanted = EncodingProcess(encoder), list(papers(20))
    try:
        first, second = process.begin(wanted[:10]), process.begin(wanted[10:])
        for (vectors, entries), (own, own_entries) in zip(
            (first(), second()), (encoder.encode(wanted[:10]), encoder.encode(wanted[10:])), strict=True
        ):
            assert np.allclose(vectors, own, atol=1e-6) and entries.rows.tolist() == own_entries.rows.tolist()
        process.kill()
        assert process.begin(wanted)()[1].rows.tolist() == encoder.encode(wanted)[1].rows.tolist()
    finally:
        process.close()


def test_that_process_leaves_nothing_when_its_parent_dies(tmp_path: Path, encoder: PaperEncoder) -> None:
    folder = tmp_path / "handed-over"
    folder.mkdir()
    (folder / "0.papers").write_bytes(pickle.dumps(list(papers(3))))
    serving = command("rag.index.entries_process", str(encoder.static.folder), str(folder))
    with subprocess.Popen(serving, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"0\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"0\n" and (folder / "0.encoded").exists()
        process.stdin.close()  # what a death comes to
        assert process.wait(30) == 0 and not folder.exists()


def test_that_process_leaves_what_it_finished_when_it_fails(tmp_path: Path, encoder: PaperEncoder) -> None:
    (tmp_path / "0.papers").write_bytes(pickle.dumps(list(papers(3))))
    (tmp_path / "1.papers").write_bytes(b"no papers")
    serving = command("rag.index.entries_process", str(encoder.static.folder), str(tmp_path))
    done = subprocess.run(serving, input=b"0\n1\n", capture_output=True, timeout=60)
    assert done.returncode and done.stdout == b"0\n" and (tmp_path / "0.encoded").exists()


def test_an_entry_that_was_cut_off_is_passed_over(tmp_path: Path, encoder: PaperEncoder) -> None:
    before, after = list(papers(3)), list(papers(6))[3:]
    forward = held(tmp_path, encoder, before)
    for name in ("forward.rows", "forward.data"):  # as a writer leaves them that was killed
        with (tmp_path / name).open("ab") as file:
            file.write(b"cut")
    forward.reload()
    assert forward.ids(np.arange(3)) == [paper.paper_id for paper in before]
    first = forward.append(encoder.encode(after)[1])
    forward.reload()
    assert forward.ids(np.arange(first, first + 3)) == [paper.paper_id for paper in after]
    assert forward.ids(np.arange(3)) == [paper.paper_id for paper in before]


def test_lost_data_is_damage(tmp_path: Path, encoder: PaperEncoder) -> None:
    held(tmp_path, encoder, list(papers(3)))
    data = tmp_path / "forward.data"
    data.write_bytes(data.read_bytes()[:-400])
    with pytest.raises(IndexDamaged, match="cut off"):
        ForwardIndex(tmp_path)


@pytest.mark.parametrize("name", ["forward.rows", "forward.data"])
def test_an_index_makes_lost_entries_anew(config: Config, name: str) -> None:
    index = Index(config, StaticEmbedder())
    index.sync(papers(20))
    folder = index.lexical.folder
    (folder / name).unlink()
    again = Index(config, StaticEmbedder())
    assert len(again.lexical.forward) == len(again) == 20 and again.verify() == []
    assert again.lexical.search([(term, 1.0) for term in again.lexical.terms("kernel")], 5)
