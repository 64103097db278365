"""Topics and their map: names that people use, and a map that stays while papers come and go."""

from pathlib import Path

import numpy as np
import pytest

from corpus import Paper
from rag import Assistant, Config
from rag.embedding import StaticEmbedder
from rag.text import labels
from ui.topics import Atlas, Cartographer, spellings, usual
from ui.topics.projection import aligned, grouped, matched, project


def test_names_are_noun_phrases_of_the_titles() -> None:
    titles = [
        *("Accelerating Speculative Decoding with Trees", "Speculative Decoding for Everyone", "Lossless Speculative Decoding"),
        *("Accelerating KV Cache Compression", "KV Cache Compression via Merging", "Adaptive KV-Cache Compression"),
        *("Accelerating Graph Neural Networks", "Graph Neural Networks for Molecules", "Training Graph Neural Networks"),
    ]
    spelt = spellings(titles)
    assert "speculative decoding" in spelt and spelt["kv cache compression"].total() == 3
    assert not any(name.startswith("accelerating") for name in spelt), "a verb form names no subject"
    assert usual(spelt["kv cache compression"]) == "KV cache compression"
    assert labels(titles, titles, [0, 0, 0, 1, 1, 1, 2, 2, 2], 3) == [
        "Speculative decoding",
        "KV cache compression",
        "Graph neural networks",
    ]


def test_a_name_is_held_by_many_of_its_papers_and_says_more_than_the_whole_collection() -> None:
    """Two papers on one detail do not name a group, nor do words that are met everywhere, nor a product."""
    code = [f"Language Model Training for Source Code {at}" for at in range(8)] + ["Smart Contract Audits", "Smart Contract Gas"]
    graphs = [f"Language Model Training for Graph Transformers {at}" for at in range(6)] + ["GPT-4 for Graphs", "GPT-4 on Graphs", "GPT-4"]
    others = (
        "Speech Recognition",
        "Protein Folding",
        "Weather Forecasts",
        "Robot Grasping",
        "Theorem Proving",
        "Table Reading",
        "Music Notation",
    )
    titles = code + graphs + [f"Language Model Training for {other} {at}" for other in others for at in range(10)]
    groups = [0] * len(code) + [1] * len(graphs) + [2 + at for at in range(len(others)) for _ in range(10)]
    assert labels(titles, titles, groups, 2 + len(others))[:3] == ["Source code", "Graph transformers", "Speech recognition"]


def test_a_name_of_the_whole_field_names_no_topic() -> None:
    """Even where most of a group's papers name it, and few what they are about; the embedding knows the field."""
    titles = [f"Deep Learning in {place}" for place in ("Oslo", "Lima", "Rome", "Cork", "Bonn", "Kyiv", "Bern", "Graz", "Nice", "York")]
    titles += [f"Malaria Screening {at}" for at in range(2)] + ["Artificial Intelligence in Clinics", "Artificial Intelligence in Wards"]
    others = ("Speech Recognition", "Protein Folding", "Weather Forecasts", "Robot Grasping")
    titles += [f"{other} {at}" for other in others for at in range(30)]
    groups = [0] * 14 + [1 + at for at in range(len(others)) for _ in range(30)]
    assert labels(titles, titles, groups, 5)[0] == "Deep learning"
    assert labels(titles, titles, groups, 5, StaticEmbedder().table.lengths)[0] == "Malaria screening"


def test_no_titles_and_no_common_words_have_no_names() -> None:
    assert labels([], [], [], 2) == ["", ""]
    assert labels(["Of the and", "???"], ["of the and", "???"], [0, 1], 2) == ["", ""]


def test_the_projection_keeps_groups_together() -> None:
    chance = np.random.default_rng(1)
    rows = np.repeat(np.eye(3, 16), 30, axis=0) + chance.normal(0, 0.08, (90, 16))
    points = project(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    assert points.shape == (90, 2) and points.min() >= 0 and points.max() <= 1
    found = grouped(points, 3)
    assert all(len(set(found[at : at + 30].tolist())) == 1 for at in (0, 30, 60)) and len(set(found.tolist())) == 3


@pytest.mark.parametrize("count", [0, 1, 2, 5, 13])
def test_small_and_equal_collections_have_a_map_too(count: int) -> None:
    points = project(np.ones((count, 4)) / 2)
    assert np.isfinite(points).all() and len(grouped(points, 3)) == count


def test_a_new_map_is_laid_over_the_old_one() -> None:
    chance = np.random.default_rng(3)
    old = chance.random((40, 2))
    turned = (old - 0.5) @ np.array([[0.0, 1.0], [-1.0, 0.0]]) * [1, -1]
    known = np.ones(40, dtype=bool)
    assert np.abs(aligned(turned, old, known) - (old - old.min(axis=0)) / np.ptp(old, axis=0)).max() < 0.1
    assert matched(np.array([2, 2, 0, 0, 1]), np.array([0, 0, 1, 1, -1])).tolist() == [0, 0, 1, 1, 2]


def _paper(number: int, about: str) -> Paper:
    return Paper(
        f"new-{number}", f"Notes on {about}, part {number}", f"We study {about} closely, and report what we found in part {number}."
    )


def _places(atlas: Atlas) -> dict[str, tuple[float, float]]:
    return dict(zip(atlas.ids, atlas.points, strict=True))


def test_adding_one_paper_puts_one_dot_and_moves_none(filled: Path, config: Config, tmp_path: Path) -> None:
    own, path = Assistant(config), tmp_path / "map.json"
    before = Cartographer(path).atlas(own)
    own.add([_paper(1, "speculative decoding of language models with draft models")])
    after = Cartographer(path).atlas(own)
    assert set(after.ids) == set(before.ids) | {"new-1"} and after.labels == before.labels and after.held == before.held + 1
    assert {i: place for i, place in _places(after).items() if i != "new-1"} == _places(before)
    assert "decoding" in after.topic("new-1").lower()
    own.index.remove(["new-1", before.ids[0]])
    left = Cartographer(path).atlas(own)
    assert set(left.ids) == set(before.ids[1:]) and _places(left) == {i: p for i, p in _places(before).items() if i in left.ids}


def test_it_is_computed_anew_when_a_fifth_was_added_and_stays_recognisable(filled: Path, config: Config, tmp_path: Path) -> None:
    own, path = Assistant(config), tmp_path / "map.json"
    before = Cartographer(path).atlas(own)
    own.add([_paper(n, f"beer, its {'malt' if n % 2 else 'hops'} and its yeast in brewery {n}") for n in range(80)])
    after = Cartographer(path).atlas(own)
    assert after.fitted == len(own.index) > before.fitted
    old, new = _places(before), _places(after)
    common = [i for i in before.ids if i in new]
    for axis in (0, 1):
        agreement = np.corrcoef([old[i][axis] for i in common], [new[i][axis] for i in common])[0, 1]
        assert agreement > 0.5, f"axis {axis} agrees with what was there before: {agreement:.2f}"


@pytest.mark.parametrize(
    "kept", ["", "{", '{"layout": 1}', '{"layout": 1, "ids": ["a"], "points": [], "topic_of": [], "labels": [], "fitted": 1}']
)
def test_a_file_that_cannot_be_read_is_made_anew(kept: str, assistant: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(kept)
    assert len(Cartographer(path).atlas(assistant).ids) == 372


def test_a_folder_that_cannot_be_written_keeps_the_map_in_memory(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cartographer = Cartographer(tmp_path / "file" / "map.json")
    assert cartographer.known() is None and cartographer.atlas(assistant) is cartographer.atlas(assistant) is cartographer.known()
