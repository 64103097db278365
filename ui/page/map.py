"""Pictures of the corpus as SVG: papers over time, and a map of its topics."""

import re
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice, pairwise
from random import Random

import numpy as np

from corpus import Paper
from rag import Assistant, Filters
from rag.text import content_words
from ui.page.projection import Floats, groups, names, project

SAMPLE = 800
"""Papers on the map at most: a picture of more says no more, and the projection is quadratic."""

WIDTH, HEIGHT = 1100, 560
_MARGIN = 36
_LETTER, _LINE = 8.6, 20.0
_GROUPS = 10
_WORD = re.compile(r"[^\W\d_][\w-]*|[.,;:]")
_COMMON = frozenset(
    """. , ; : model models language large llm llms learning data training method methods approach via based efficient toward towards
    performance tasks task results across existing achieve achieves state-of-the-art art state new novel significantly while without against
    however extensive experiments demonstrate show shows compared framework further different high time first two thus deep general local
    process problem challenges challenge key small better improve improves improving design code available neural network networks
    leveraging potential significant remains enabling well known single step order level
    consistently outperforms understanding parameters outperform important main able set sets low""".split()
)


@dataclass(frozen=True, slots=True)
class Map:
    """Where papers lie, (n, 2) in [0, 1], and the group of each with the groups' names, for one revision."""

    revision: int
    papers: tuple[Paper, ...]
    points: Floats
    group_of: tuple[int, ...]
    names: tuple[str, ...]
    held: int


class Cartographer:
    """Draws the map once for each revision of the index, whoever asks first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._map: Map | None = None

    def map(self, assistant: Assistant) -> Map:
        """The map of the index as it is now. Takes a second or two when the index changed."""
        with self._lock:
            assistant.index.refresh()
            if self._map is None or self._map.revision != assistant.index.revision:
                self._map = draw(assistant)
            return self._map


def _sampled(assistant: Assistant) -> list[Paper]:
    """All papers, or the same random ones each time where there are more than fit."""
    count = len(assistant.index)
    if count <= SAMPLE:
        return list(assistant.index.all_papers())
    offsets = sorted(Random(7).sample(range(count), SAMPLE // 8))
    lexical = assistant.index.lexical
    ids = {paper_id for offset in offsets for paper_id in lexical.page("", Filters(), "best", offset, 8)[0]}
    return assistant.index.papers(sorted(ids))


def draw(assistant: Assistant) -> Map:
    """Project, group and name the papers of the index (a sample of a large one)."""
    papers = _sampled(assistant)
    vectors = assistant.index.vectors([paper.paper_id for paper in papers])
    papers = [paper for paper in papers if paper.paper_id in vectors]
    rows = np.array([vectors[paper.paper_id] for paper in papers], dtype=np.float64).reshape(len(papers), -1)
    if len(papers) < 3:
        points = np.full((len(papers), 2), 0.5)
        return Map(assistant.index.revision, tuple(papers), points, (0,) * len(papers), ("",), len(assistant.index))
    points = project(rows)
    count = max(2, min(_GROUPS, len(papers) // 12))
    group_of = groups(points, count)
    titles = names([_terms(paper) for paper in papers], group_of, count)
    return Map(assistant.index.revision, tuple(papers), points, tuple(int(g) for g in group_of), tuple(titles), len(assistant.index))


def _terms(paper: Paper) -> list[str]:
    """Words of the title, and pairs of neighbouring words of title and abstract, as far as they tell of a subject."""
    title, abstract = _useful(paper.title), _useful(paper.abstract)
    singles = [word for word, useful in title if useful and len(word) > 2]
    return singles + [f"{a} {b}" for text in (title, abstract) for (a, first), (b, second) in pairwise(text) if first and second]


def _useful(text: str) -> list[tuple[str, bool]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return [(word, word not in _COMMON and bool(content_words(word))) for word in words]


def map_html(map_: Map, cited: Collection[str]) -> str:
    """The map: a dot a paper, coloured by group, group names on it, cited papers ringed."""
    wide, high = WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN
    places = [(_MARGIN + x * wide, _MARGIN + y * high) for x, y in map_.points.tolist()]
    dots, rings = [], []
    for paper, (x, y), group in zip(map_.papers, places, map_.group_of, strict=True):
        shared = f'cx="{x:.1f}" cy="{y:.1f}" data-action="paper" data-paper="{escape(paper.paper_id)}" data-title="{escape(paper.title)}"'
        dots.append(f'<circle class="pc-dot g{group % _GROUPS}" r="4.500" {shared}/>')
        if paper.paper_id in cited:
            rings.append(f'<circle class="pc-ring" r="9" {shared}/>')
    shown = f"{len(map_.papers):,} of {map_.held:,} papers" if len(map_.papers) < map_.held else f"{map_.held:,} papers"
    ringed = "Rings mark what the last answer cites. " if rings else ""
    note = f"{shown}; near means similar. {ringed}Point at a dot for its title; choose it to open the paper."
    return (
        f'<figure class="pc-map"><figcaption>{note}</figcaption><div class="pc-scroll" tabindex="0" role="region" aria-label="Topics">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Map of topics: {escape("; ".join(name for name in map_.names if name))}">'
        f"{''.join(dots)}{''.join(rings)}{_labels(map_, places)}</svg></div>"
        '<div class="pc-tip" hidden></div></figure>'
    )


def _labels(map_: Map, places: Sequence[tuple[float, float]]) -> str:
    """Each group's name at the middle of its dots, inside the picture and clear of the other names."""
    taken: list[tuple[float, float, float]] = []
    drawn = []
    for group, name in enumerate(map_.names):
        members = [place for place, at in zip(places, map_.group_of, strict=True) if at == group]
        if not members or not name:
            continue
        half = len(name) * _LETTER / 2
        x, y = np.median(np.array(members), axis=0).tolist()
        x = min(max(x, half), WIDTH - half)
        while any(abs(x - other) < half + wide and abs(y - line) < _LINE for other, line, wide in taken):
            y += _LINE / 2
        taken.append((x, y, half))
        drawn.append(f'<text class="pc-group" x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>')
    return "".join(drawn)


# --- papers over time


def by_year(assistant: Assistant) -> list[tuple[str, int]]:
    """Papers a year, or a month where they span three years or less; gaps count 0. Undated papers are left out."""
    lexical = assistant.index.lexical

    def count(since: str, until: str) -> int:
        return lexical.matching(Filters(since=since, until=until), 1)[1]

    years = Counter({year: held for year in _years(assistant) if (held := count(str(year), str(year)))})
    if not years:
        return []
    first, last = min(years), max(years)
    if last - first > 2:
        return [(str(year), years[year]) for year in range(first, last + 1)]
    months = [f"{year}-{month:02}" for year in range(first, last + 1) for month in range(1, 13)]
    counted = [(month, count(month, month)) for month in months]
    while counted and not counted[0][1]:
        counted.pop(0)
    while counted and not counted[-1][1]:
        counted.pop()
    return counted


def _years(assistant: Assistant) -> range:
    """From the oldest to the newest paper's year."""
    found = []
    for order in ("oldest", "newest"):
        ids, _ = assistant.index.lexical.page("", Filters(), order, 0, 1)
        found += [int(paper.published[:4]) for paper in assistant.index.papers(ids) if paper.published]
    return range(min(found), max(found) + 1) if found else range(0)


def time_html(counts: Sequence[tuple[str, int]], undated: int) -> str:
    """Bars over time, each with its count."""
    if not counts:
        return '<p class="pc-none">No paper here has a date.</p>'
    most, step = max(count for _, count in counts), WIDTH / len(counts)
    every = max(1, len(counts) * 64 // WIDTH)
    bars = "".join(_bar(label, count, at, step, most, at % every == 0) for at, (label, count) in enumerate(counts))
    told = "; ".join(f"{label}: {count}" for label, count in islice(counts, 60))
    note = f"{sum(count for _, count in counts):,} dated papers{f'; {undated:,} without a date are not shown' if undated else ''}."
    return (
        f'<figure class="pc-time"><figcaption>{note}</figcaption>'
        '<div class="pc-scroll" tabindex="0" role="region" aria-label="Papers over time">'
        f'<svg viewBox="0 0 {WIDTH} 220" role="img" aria-label="Papers over time: {escape(told)}">{bars}</svg></div></figure>'
    )


def _bar(label: str, count: int, at: int, step: float, most: int, named: bool) -> str:
    height = 160 * count / most
    x, wide = at * step + step * 0.14, min(step * 0.72, 90.0)
    middle = x + wide / 2
    text = f'<text x="{middle:.1f}" y="212">{escape(label)}</text>' if named else ""
    number = f'<text class="pc-count" x="{middle:.1f}" y="{182 - height:.1f}">{count:,}</text>' if count and step > 26 else ""
    bar = f'<rect x="{x:.1f}" y="{188 - height:.1f}" width="{wide:.1f}" height="{height:.1f}" rx="3"/>'
    return f"<g><title>{escape(label)}: {count:,}</title>{bar}{number}{text}</g>"
