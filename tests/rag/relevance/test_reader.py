"""The reader that ships: what it finds on made-up abstracts, that nothing but question and paper changes a score, and what is said where it is missing."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from corpus import Paper
from rag.errors import ConfigError
from rag.relevance.closely import CloseReading
from rag.relevance.interaction import Reading
from rag.relevance.reader import LONGEST_PAPER, WEIGHTS, Reader

BRIDGES = Paper(
    paper_id="made:bridges",
    title="CrackNet: watching concrete age",
    abstract=(
        "Concrete structures decay slowly and inspections are expensive. We train a convolutional network on photographs taken by drones. "
        "It finds hairline cracks in bridges with a recall of 94%."
    ),
)
BIRDS = Paper(
    paper_id="made:birds",
    title="Listening to forests",
    abstract=(
        "Ornithologists count birds by ear. We present a transformer that recognises 600 species of birds from microphone recordings. "
        "All recordings are released."
    ),
)
BEES = Paper(
    paper_id="made:bees",
    title="Hive monitoring at scale",
    abstract=(
        "Colonies of honeybees collapse without warning. A vibration sensor below the hive feeds a recurrent network. "
        "The network warns of swarming two days ahead. Beekeepers need no internet connection."
    ),
)
PAPERS = [BRIDGES, BIRDS, BEES]

Look = Callable[[Reader, str, Sequence[Paper]], Reading | CloseReading]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


both = pytest.mark.parametrize("look", [Reader.read, Reader.read_closely], ids=["read", "closely"])


@both
@pytest.mark.parametrize(
    ("question", "paper", "sentence"),
    [
        ("pictures of buildings shot by flying robots", BRIDGES, 1),
        ("telling apart animals by the sounds they make", BIRDS, 1),
        ("will my insects leave their home soon?", BEES, 2),
        ("how good is the recall on thin fractures?", BRIDGES, 2),
    ],
)
def test_the_paper_that_answers_comes_first_whatever_the_words(
    reader: Reader, look: Look, question: str, paper: Paper, sentence: int
) -> None:
    reading = look(reader, question, PAPERS)
    at = int(np.argmax(reading.logits))
    assert PAPERS[at] is paper
    assert [len(scores) for scores in reading.sentences] == [3, 3, 4]
    assert int(np.argmax(reading.sentences[at])) == sentence


@both
def test_a_score_depends_on_question_and_paper_alone(reader: Reader, look: Look) -> None:
    question = "warning before a colony collapses"
    alone = [look(Reader.load(), question, [paper]) for paper in PAPERS]
    together = look(reader, question, PAPERS[::-1])
    assert together.logits[::-1] == pytest.approx([float(one.logits[0]) for one in alone], abs=1e-4)
    for one, scores in zip(alone, together.sentences[::-1], strict=True):
        assert scores == pytest.approx(one.sentences[0], abs=1e-4)


def test_a_question_asked_again_of_other_papers_is_read_as_if_for_the_first_time(reader: Reader) -> None:
    reader.read_closely("birds in forests", PAPERS[:2])
    other = reader.read_closely("bridges", PAPERS)
    again, anew = (one.read_closely("birds in forests", PAPERS[::-1]) for one in (reader, Reader.load()))
    assert again.logits.tolist() == anew.logits.tolist() != other.logits[::-1].tolist()
    assert [scores.tolist() for scores in again.sentences] == [scores.tolist() for scores in anew.sentences]


def test_one_reader_serves_many_threads(reader: Reader) -> None:
    expected = reader.read("birds", PAPERS).logits
    with ThreadPoolExecutor(4) as pool:
        for reading in pool.map(Reader.load().read, ["birds"] * 8, [PAPERS] * 8):
            assert reading.logits == pytest.approx(expected, abs=1e-4)


def test_papers_of_any_shape_are_read(reader: Reader) -> None:
    long = Paper(
        paper_id="made:long", title="Long", abstract=" ".join(f"Sentence {n} tells of birds and their songs." for n in range(LONGEST_PAPER))
    )
    odd = [
        Paper(paper_id="made:bare", title="Birds", abstract=""),
        Paper(paper_id="made:untitled", title="", abstract="Birds sing."),
        Paper(paper_id="made:signs", title="\u2603\ufe0f", abstract="\U0001f426 \U0001f426. 鸟类 ."),
        long,
    ]
    reading = reader.read("which papers are about birds?", [*odd, *PAPERS])
    assert np.isfinite(reading.logits).all()
    assert len(reading.sentences[0]) == 0
    assert len(reading.sentences[3]) == LONGEST_PAPER
    assert reading.sentences[3][-1] == reading.sentences[3].min()
    closely = reader.read_closely("which papers are about birds?", [*odd, *PAPERS])
    assert np.isfinite(closely.logits).all()
    assert [len(scores) for scores in closely.sentences] == [len(scores) for scores in reading.sentences]


def test_no_papers_and_no_words_are_no_error(reader: Reader) -> None:
    assert len(reader.read("birds", []).logits) == 0
    assert np.isfinite(reader.read("", PAPERS).logits).all()
    assert np.isfinite(reader.read_closely("", PAPERS).logits).all()
    assert np.isfinite(reader.read("birds " * 500, PAPERS).logits).all()


@pytest.mark.parametrize("lost", ["reader.npz", "reader_closely.onnx", "reader_closely.npz"])
def test_missing_and_damaged_weights_are_named(tmp_path: Path, lost: str) -> None:
    for path in WEIGHTS.glob("reader*"):
        shutil.copy(path, tmp_path)
    (tmp_path / lost).write_bytes(b"\x00 not what it was")
    with pytest.raises(ConfigError, match=r"cannot be read.*install paperchat again"):
        Reader.load(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(ConfigError, match=rf"{lost} missing.*install paperchat again"):
        Reader.load(tmp_path)


def test_nothing_is_loaded_before_it_reads() -> None:
    code = "import sys, rag.relevance.reader; print(sorted({'onnxruntime', 'torch', 'transformers', 'onnx'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
