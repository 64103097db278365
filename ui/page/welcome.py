"""The first view: what Paperchat is, what it holds, and questions drawn from the papers held now."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import combinations

from corpus import Paper
from rag import Assistant, Filters
from rag.text import content_words
from ui.topics import Atlas, spellings, usual

LOOKED_AT = 300
"""Papers that examples are drawn from, the newest; so that a large corpus opens as quickly as a small one."""

_NAMED = re.compile(r"^((?=[\w+-]*[A-Z].*)[A-Za-z][\w+-]{2,24}): ")
_FEW, _SHOWN_TOPICS = 3, 10
_COMMON = 0.05
"""A phrase in more of the titles than this is what the whole corpus is about, not a topic in it."""

_MONTHS = "January February March April May June July August September October November December".split()


def examples(assistant: Assistant) -> list[str]:
    """Four questions that the papers held answer: on a topic, on one paper, on two, on a month."""
    lexical = assistant.index.lexical
    papers = assistant.index.papers(lexical.page("", Filters(), "newest", 0, LOOKED_AT)[0])
    found = [*_drawn(papers), *(f"What does “{paper.title}” propose?" for paper in papers)]
    return list(dict.fromkeys(found))[:4]


def _drawn(papers: Sequence[Paper]) -> Iterator[str]:
    named = [(match[1], paper) for paper in papers if (match := _NAMED.match(paper.title))]
    if topic := _topic(papers):
        yield f"Which papers are about {topic}?"
    if pair := _alike(named[:60]):
        yield f"Compare {pair[0]} and {pair[1]}"
    left = [name for name, _ in named if not pair or name not in pair]
    if left:
        yield f"How does {left[0]} work?"
    if month := _month(papers):
        yield f"Which papers were published in {month}?"


def _topic(papers: Sequence[Paper]) -> str:
    """The phrase that most titles hold, but for what is common everywhere; the longer one of two that are as common."""
    most = max(_FEW, len(papers) * _COMMON)
    spelt = spellings([paper.title for paper in papers])
    telling = [found for name, found in spelt.items() if " " in name and _FEW <= found.total() <= most]
    best = max(telling, key=lambda found: (found.total(), len(usual(found)), usual(found)), default=None)
    return inside(usual(best)) if best else ""


def _alike(named: Sequence[tuple[str, Paper]]) -> tuple[str, str] | None:
    """Names of the two papers whose titles share most words beside their names."""
    words = [set(content_words(paper.title.partition(": ")[2].lower())) for _, paper in named]
    pairs = ((len(words[a] & words[b]), -a - b, a, b) for a, b in combinations(range(len(named)), 2) if named[a][0] != named[b][0])
    shared, _, first, second = max(pairs, default=(0, 0, 0, 0))
    return (named[first][0], named[second][0]) if shared >= 2 else None


def _month(papers: Sequence[Paper]) -> str:
    """The newest month with a few papers, in words."""
    months = Counter(paper.published[:7] for paper in papers if paper.published and len(paper.published) >= 7)
    newest = max((month for month, count in months.items() if count >= _FEW), default="")
    return f"{_MONTHS[int(newest[5:]) - 1]} {newest[:4]}" if newest else ""


def example_button(question: str, text: str = "", css: str = "pc-example") -> str:
    """A button that asks."""
    return (
        f'<button type="button" class="{css}" data-action="example" data-question="{escape(question)}">{escape(text or question)}</button>'
    )


def welcome_html(count: int, questions: Sequence[str], papers: Sequence[Paper] = ()) -> str:
    """What it is, and what one might ask; of `papers` only, where given."""
    items = "".join(f"<li>{example_button(question)}</li>" for question in questions)
    lead = "Paperchat answers from their abstracts. Every claim leads to the sentence that it rests on; where no paper answers, it says so."
    head = f"<h1>Ask {count:,} papers</h1><p>{lead}</p>"
    if papers:
        titles = "".join(f"<li>{escape(paper.title)}</li>" for paper in papers)
        what = "this paper" if len(papers) == 1 else f"these {len(papers)} papers"
        head = f'<h1>Ask about {what}</h1><ul class="pc-scope-list">{titles}</ul>'
    return f'<div class="pc-welcome">{head}<ul class="pc-examples">{items}</ul></div>'


def topics_html(atlas: Atlas) -> str:
    """The topics held, each of which asks for its papers."""
    topics = atlas.topics()[:_SHOWN_TOPICS]
    if len(topics) < 2:
        return ""
    items = "".join(f"<li>{example_button(f'Which papers are about {inside(label)}?', label, 'pc-topic')}</li>" for _, label, _ in topics)
    return f'<div class="pc-held-topics"><h2>What they are about</h2><ul>{items}</ul></div>'


def inside(label: str) -> str:
    """A label inside a sentence: `Speculative decoding` -> `speculative decoding`, `KV cache` stays."""
    return label if len(label) > 1 and any(letter.isupper() for letter in label.split()[0][1:]) else label[:1].lower() + label[1:]
