"""The topics of a collection: groups of papers that lie near each other, and a name for each."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus import Paper
from rag.embedding import StaticEmbedder
from rag.index import Index
from rag.text import labels

_MOST, _SIZE = 14, 26
_SAMPLE = 2_000
"""Papers grouped at most: the names of topics say no more for more."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of papers with its name."""

    label: str
    ids: tuple[str, ...]


class Topics:
    """The topics of an index, grouped once for each revision of it. For any number of threads."""

    def __init__(self, index: Index) -> None:
        self._index, self._lock = index, threading.Lock()
        self._kept: tuple[int, tuple[Topic, ...]] | None = None

    def all(self) -> tuple[Topic, ...]:
        """Every topic, the largest first. Takes a second or two where the index has changed."""
        with self._lock:
            if self._kept is None or self._kept[0] != self._index.revision:
                self._kept = self._index.revision, _grouped(self._index)
            return self._kept[1]


def _grouped(index: Index) -> tuple[Topic, ...]:
    papers = sorted(index.all_papers(), key=lambda paper: paper.paper_id)
    papers = papers[:: max(1, len(papers) // _SAMPLE)]
    vectors = index.vectors([paper.paper_id for paper in papers])
    papers = [paper for paper in papers if paper.paper_id in vectors]
    if len(papers) < 4:
        return ()
    return named(papers, np.array([vectors[paper.paper_id] for paper in papers], dtype=np.float64), _MOST)


def named(
    papers: Sequence[Paper], rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]], most: int, size: int = _SIZE
) -> tuple[Topic, ...]:
    """Papers in at most so many groups by their vectors, each group named; groups without a name are left out."""
    from sklearn.cluster import KMeans  # a second to import, and only a few questions need it

    count = min(most, max(2, len(papers) // size))
    group_of = KMeans(count, n_init=4, random_state=7).fit_predict(rows).tolist()
    found = labels(
        [paper.title for paper in papers],
        [f"{paper.title}. {paper.abstract}" for paper in papers],
        group_of,
        count,
        StaticEmbedder().table.lengths,
    )
    sizes = Counter(group_of)
    members = {group: tuple(p.paper_id for p, at in zip(papers, group_of, strict=True) if at == group) for group in sizes}
    return _apart(Topic(found[group], members[group]) for group, _ in sizes.most_common() if found[group])


def _apart(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """The topics, those whose name is within another's put together under the wider one ("Deep neural networks", "Neural networks")."""
    kept = list[Topic]()
    for topic in topics:
        words = set(topic.label.lower().split())
        same = next((n for n, one in enumerate(kept) if words <= (other := set(one.label.lower().split())) or other <= words), None)
        if same is None:
            kept.append(topic)
        else:
            label = min((kept[same].label, topic.label), key=lambda name: len(name.split()))
            kept[same] = Topic(label, (*kept[same].ids, *topic.ids))
    return tuple(sorted(kept, key=lambda topic: -len(topic.ids)))
