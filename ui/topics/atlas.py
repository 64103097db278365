"""Where papers lie on the map and which topic each has; kept on disk, so that the map stays what people have learnt.

A paper that is added gets one dot beside its neighbours, and the rest stays. Only when the
corpus has grown or shrunk by a fifth is the map computed anew, and laid over the one before.
"""

import json
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from rag import Assistant, Paper
from rag.embedding import StaticEmbedder
from rag.text import labels
from ui.topics.projection import Floats, Groups, aligned, grouped, matched, one_thread, project

SAMPLE = 600
"""Papers on the map at most: more dots say no more, and the page must not wait for them."""

GROWN = 1.2
_NEIGHBOURS = 5
_MOST_TOPICS, _TOPIC_SIZE = 14, 26
_LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Atlas:
    """Points (n, 2) in [0, 1] and topics of papers by id. `fitted` papers were held when it was computed, `held` now."""

    ids: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    topic_of: tuple[int, ...]
    labels: tuple[str, ...]
    fitted: int
    held: int
    revision: int

    def members(self, topic: int) -> list[str]:
        """Ids of a topic's papers."""
        return [paper_id for paper_id, at in zip(self.ids, self.topic_of, strict=True) if at == topic]

    def topic(self, paper_id: str) -> str:
        """The label of a paper's topic; empty where it is not on the map."""
        return self.labels[self.topic_of[self.ids.index(paper_id)]] if paper_id in self.ids else ""

    def topics(self) -> list[tuple[int, str, int]]:
        """(number, label, papers on the map) of every topic, the largest first."""
        sizes = Counter(self.topic_of)
        return sorted(((at, label, sizes[at]) for at, label in enumerate(self.labels) if label and sizes[at]), key=lambda t: (-t[2], t[1]))


class Cartographer:
    """Computes the map at first need and keeps it, in memory and in a file. For any number of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._atlas: Atlas | None = None

    def known(self) -> Atlas | None:
        """The map as it was last computed, however old; None where that is still to do. Does not wait."""
        return self._atlas

    def atlas(self, assistant: Assistant) -> Atlas:
        """The map of the index as it is now. Takes a second or two where it is computed anew."""
        with self._lock:
            assistant.index.refresh()
            kept = self._atlas or _read(self._path)
            if kept is None or kept.revision != assistant.index.revision or kept.held != len(assistant.index):
                with one_thread():
                    kept = _current(assistant, kept)
                _write(self._path, kept)
            self._atlas = kept
            return kept


def _current(assistant: Assistant, kept: Atlas | None) -> Atlas:
    held = len(assistant.index)
    if kept is None or not kept.fitted / GROWN < held < kept.fitted * GROWN or len(kept.ids) < 3:
        return _computed(assistant, kept)
    ids = assistant.index.lexical.ids() if held <= SAMPLE * GROWN else {paper.paper_id for paper in assistant.index.papers(kept.ids)}
    return _extended(assistant, kept, ids)


# --- a few papers more or less


def _extended(assistant: Assistant, kept: Atlas, ids: set[str]) -> Atlas:
    """The same map without papers that are gone, and with those that are new beside their neighbours."""
    rows = [row for row in zip(kept.ids, kept.points, kept.topic_of, strict=True) if row[0] in ids]
    new = sorted(ids - set(kept.ids))
    known = assistant.index.vectors([row[0] for row in rows]) if new else {}
    rows = [row for row in rows if not new or row[0] in known]
    if new and rows:
        around = np.array([known[row[0]] for row in rows], dtype=np.float64)
        vectors = assistant.index.vectors(new)
        rows += [
            _placed(paper_id, np.asarray(vectors[paper_id], dtype=np.float64), around, rows) for paper_id in new if paper_id in vectors
        ]
    placed, points, topics = zip(*rows, strict=True) if rows else ((), (), ())
    return replace(kept, ids=placed, points=points, topic_of=topics, held=len(assistant.index), revision=assistant.index.revision)


def _placed(paper_id: str, vector: Floats, around: Floats, rows: Sequence[Any]) -> tuple[str, tuple[float, float], int]:
    """A dot between a paper's nearest neighbours, a little aside so that none is covered; their commonest topic."""
    cosines = around @ vector
    near = np.argsort(-cosines)[:_NEIGHBOURS]
    weights = np.exp(8 * (cosines[near] - cosines[near[0]]))
    x, y = (weights[:, None] * np.array([rows[at][1] for at in near])).sum(axis=0) / weights.sum()
    turn = 2 * np.pi * int.from_bytes(blake2b(paper_id.encode(), digest_size=2).digest()) / 65_536
    topic: Counter[int] = Counter()
    for at, weight in zip(near, weights, strict=True):
        topic[rows[at][2]] += weight
    point = (round(float(np.clip(x + 0.008 * np.cos(turn), 0, 1)), 4), round(float(np.clip(y + 0.008 * np.sin(turn), 0, 1)), 4))
    return paper_id, point, topic.most_common(1)[0][0]


# --- the whole


def _computed(assistant: Assistant, before: Atlas | None) -> Atlas:
    """Project, group and name the papers of the index, or a sample of a large one."""
    papers = _sampled(assistant)
    vectors = assistant.index.vectors([paper.paper_id for paper in papers])
    papers = [paper for paper in papers if paper.paper_id in vectors]
    rows = np.array([vectors[paper.paper_id] for paper in papers], dtype=np.float64).reshape(len(papers), -1)
    old = dict(zip(before.ids, before.points, strict=True)) if before else {}
    known = np.array([paper.paper_id in old for paper in papers], dtype=bool)
    earlier = np.array([old.get(paper.paper_id, (0.5, 0.5)) for paper in papers], dtype=np.float64).reshape(-1, 2)
    if known.sum() > len(papers) / 2:
        near = np.argsort(-(rows[~known] @ rows[known].T), axis=1)[:, :_NEIGHBOURS]
        earlier[~known] = earlier[known][near].mean(axis=1)
        points = aligned(project(rows, earlier), earlier, known)
    else:
        points = project(rows)
    topics = grouped(points, min(_MOST_TOPICS, max(1, len(papers) // _TOPIC_SIZE)))
    if before:
        topics = matched(topics, _topics_before(before, papers))
    return _atlas(assistant, papers, points, topics)


def _topics_before(before: Atlas, papers: Sequence[Paper]) -> Groups:
    known = dict(zip(before.ids, before.topic_of, strict=True))
    return np.array([known.get(paper.paper_id, -1) for paper in papers], dtype=np.int64)


def _atlas(assistant: Assistant, papers: Sequence[Paper], points: Floats, topics: Groups) -> Atlas:
    count = int(topics.max()) + 1 if len(topics) else 0
    titles = [paper.title for paper in papers]
    named = labels(titles, [f"{paper.title}. {paper.abstract}" for paper in papers], topics.tolist(), count, StaticEmbedder().table.lengths)
    held = len(assistant.index)
    places = tuple((round(x, 4), round(y, 4)) for x, y in points.tolist())
    ids = tuple(paper.paper_id for paper in papers)
    return Atlas(ids, places, tuple(topics.tolist()), tuple(named), held, held, assistant.index.revision)


def _sampled(assistant: Assistant) -> list[Paper]:
    """All papers, or the same random ones each time where there are more than fit."""
    count = len(assistant.index)
    if count <= SAMPLE * GROWN:
        return sorted(assistant.index.all_papers(), key=lambda paper: paper.paper_id)
    rows = assistant.index.lexical.forward  # which knows ids by number, those of removed papers, too
    chosen = Random(7).sample(range(len(rows)), min(len(rows), SAMPLE * len(rows) // count))
    return assistant.index.papers(sorted(set(rows.ids(np.array(sorted(chosen), dtype=np.int64)))))


# --- on disk


def _read(path: Path) -> Atlas | None:
    """The map that was kept; None where there is none, or it cannot be read."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        if kept.pop("layout") != _LAYOUT:
            return None
        points = tuple((float(x), float(y)) for x, y in kept.pop("points"))
        ids, topics, named = tuple(map(str, kept.pop("ids"))), tuple(map(int, kept.pop("topic_of"))), tuple(map(str, kept.pop("labels")))
        sound = len(ids) == len(points) == len(topics) and all(0 <= topic < len(named) for topic in topics)
        return Atlas(ids, points, topics, named, **{name: int(value) for name, value in kept.items()}) if sound else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _write(path: Path, atlas: Atlas) -> None:
    """Whole or not at all; where the folder cannot be written, the map is only in memory."""
    with suppress(OSError):
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"layout": _LAYOUT, **asdict(atlas)}), "utf-8")
        new.replace(path)
