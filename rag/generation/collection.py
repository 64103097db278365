"""Answers about the collection itself: exact counts, which say what was counted, and the papers that stand out."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus import Paper
from rag.filters import Filters
from rag.generation.extractive import byline, shown, titled
from rag.generation.figures import average, be, over_time, so_many
from rag.generation.records import fact, facts, kept_of_each, what_lacks
from rag.generation.topics import Topics
from rag.index import Index
from rag.text import NUMBERS, in_row
from rag.understanding import Kind, Question, asks_average, counts_mentions, fact_asked, in_english

_LISTED = 20
"""Papers named in an answer that lists what stands out."""

_LISTED_MENTIONS = 60
_NAMED = 6
"""Papers up to which those that were counted on a topic are named, too."""

_ALL = 1_000
OnTopic = Callable[[Question], list[Paper]]
"""The papers that answer a question about a topic, most relevant first."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's text, and the papers that its markers stand for, in the order of their numbers, each with the line that is shown of "
    "it."""

    text: str
    papers: tuple[Paper, ...] = ()


class AboutCollection:
    """Answers what is asked about the collection. Holds no state of any user."""

    def __init__(self, index: Index, topics: Topics, on_topic: OnTopic) -> None:
        self._index, self._topics, self._on_topic = index, topics, on_topic

    def answer(self, question: Question) -> Told:
        """The answer to a question of the intent "collection"."""
        ways = {
            "count": self._count, "topics": self._themes, "newest": self._dated, "oldest": self._dated, "span": self._span,
            "authors_most": self._teams, "authors_fewest": self._teams, "organisations": self._organisations, "code": self._code,
            "unknown": self._unknown, "facts": self._facts_asked, "mentions": self._those_mentioning,
            "list_all": self._everything, "fields": self._fields,
        }  # fmt: skip
        return ways.get(question.about, self._themes)(question)

    # --- what is held

    def _papers(self, question: Question) -> list[Paper]:
        """The papers that a question is about: those just told of, those on its topic, those that pass its filters, or all."""
        lexical = self._index.lexical
        if question.within is not None:
            papers = self._index.papers(list(question.within))
        elif question.text:
            papers = self._on_topic(question)
        elif question.filters:
            papers = self._index.papers(lexical.matching(question.filters, _ALL)[0])
        else:
            return list(self._index.all_papers())
        passing = set(lexical.passing([p.paper_id for p in papers], question.filters)) if question.filters else None
        return [paper for paper in papers if passing is None or paper.paper_id in passing]

    def _known(self, field: str) -> tuple[int, int]:
        """Of how many papers a field is known, and how many there are."""
        count = self._index.lexical.count
        limits = {"date": Filters(since="0001"), "author count": Filters(min_authors=0)}
        held = len(self._index)
        if field in limits:
            return count(limits[field]), held
        return sum(1 for paper in self._index.all_papers() if paper.organisation), held

    def _note(self, field: str) -> str:
        """How far a field is known, in a sentence; empty where it is known of every paper."""
        known, held = self._known(field)
        if known == held:
            return ""
        rest = {"date": "the undated ones cannot be placed", "author count": "the others cannot be compared"}
        tail = rest.get(field, f"for the other {held - known:,} it is not known")
        return f"{field[0].upper() + field[1:]}s are known for {known:,} of the {held:,} papers, not for {held - known:,}; {tail}."

    # --- counts

    def _count(self, question: Question) -> Told:
        held = len(self._index)
        asked = question.asked.lower()
        if question.text or question.within is not None:
            return self._mentions(question)
        if asks_average(asked):
            return self._average(question)
        if question.filters:
            number = self._index.lexical.count(question.filters)
            field = _field_of(question.filters)
            return Told(f"{so_many(number)} of the {held:,} {be(number)} {question.filters.described()}. {self._note(field)}".strip())
        for words, field in (
            (("dated", "date", "dates", "when they", "day", "publication year"), "date"),
            (("author", "people", "wrote", "team"), "author count"),
            (("organisation", "organization", "company", "companies", "affiliation", "institut", "which lab", "firm"), "organisation"),
        ):
            if any(word in asked for word in words):
                known, _ = self._known(field)
                share = f"{known:,} of the {held:,} papers ({known / max(held, 1):.0%})"
                return Told(f"The {field} is known for {share}, and not known for {held - known:,}.")
        return Told(f"The collection holds {held:,} papers: the title and abstract of each.")

    def _average(self, question: Question) -> Told:
        counts = [paper.author_count for paper in self._papers(question) if paper.author_count is not None]
        return Told(f"{average(counts)} {self._note('author count')}".strip())

    def _mentions(self, question: Question) -> Told:
        lexical, held, topic = self._index.lexical, len(self._index), question.text
        if question.within is not None and not lexical.terms(topic):
            return Told(f"That list names {so_many(len(question.within))}.")
        if question.within is not None:
            terms = lexical.terms(topic)
            ids = [i for i in question.within if all(i in lexical.holding(term, [i]) for term in terms)]
            return Told(f"{len(ids)} of these {len(question.within)} papers {'mention' if len(ids) != 1 else 'mentions'} “{shown(topic)}”.")
        number = len(self._mentioning(question)) if len(topic.split()) > 1 else lexical.page(topic, question.filters, "best", 0, 1)[1]
        limits = f" that are {question.filters.described()}" if question.filters else ""
        note = f" {self._note(_field_of(question.filters))}" if question.filters else ""
        says = f"{'mentions' if number == 1 else 'mention'} “{shown(topic)}” in the title or the abstract"
        if counts_mentions(question.asked):
            return Told(f"{number:,} of the {held:,} papers{limits} {says}.{note}")
        on = self._papers(question)
        head = f"{len(on):,} of the {held:,} papers{limits} {be(len(on))} on “{shown(topic)}”; {number:,} {says}"
        return self._listed(question, head, on, note) if 0 < len(on) <= _NAMED else Told(f"{head}.{note}")

    def _mentioning(self, question: Question) -> list[Paper]:
        """The papers that say a topic in so many words, one after the other."""
        lexical, stems = self._index.lexical, self._index.lexical.terms(question.text)
        ids, _ = lexical.page(question.text, question.filters, "best", 0, _ALL)
        held = self._index.papers(ids)
        return [paper for paper in held if any(in_row(stems, lexical.terms(text)) for text in (paper.title, paper.abstract))]

    def _those_mentioning(self, question: Question) -> Told:
        papers = self._mentioning(question)
        most = f"; the first {_LISTED_MENTIONS}" if len(papers) > _LISTED_MENTIONS else ""
        head = f"{so_many(len(papers))} {'mentions' if len(papers) == 1 else 'mention'} “{shown(question.text)}”{most}"
        return self._listed(question, head, papers[:_LISTED_MENTIONS], "")

    def _span(self, question: Question) -> Told:
        dated = sorted(p.published for p in self._papers(question) if p.published)
        if not dated:
            return Told(f"None of these papers has a date. {self._note('date')}".strip())
        return Told(f"{over_time(dated, question.asked)}\n\n{self._note('date')}".strip())

    # --- what stands out

    def _dated(self, question: Question) -> Told:
        newest = question.about == "newest"
        dated = sorted((p for p in self._papers(question) if p.published), key=lambda p: p.published or "", reverse=newest)
        if not dated:
            return Told(f"None of these papers has a date, so none can be called the {question.about}. {self._note('date')}".strip())
        top = _first(dated, question, [p.published for p in dated])
        place = f"{_PLACES.get(question.rank, '')} {question.about}".strip()
        head = f"The {place} paper with a known date" if len(top) == 1 else f"The {len(top)} {place} papers with a known date"
        return self._listed(question, f"{head}{_on(question)}", top, self._note("date"))

    def _teams(self, question: Question) -> Told:
        most = question.about == "authors_most"
        counted = sorted((p for p in self._papers(question) if p.author_count is not None), key=lambda p: p.author_count or 0, reverse=most)
        if not counted:
            return Told(f"The number of authors is not known for any of these papers. {self._note('author count')}".strip())
        top = _first(counted, question, [p.author_count for p in counted])
        number = top[0].author_count or 0
        authors = "1 author" if number == 1 else f"{number} authors"
        place = f"{_PLACES.get(question.rank, '')} {'most' if most else 'fewest'}".strip()
        head = f"The {place} authors known{_on(question)}: {authors}"
        return self._listed(
            question, head, top, self._note("author count"), lambda p: f"{p.author_count} author{'' if p.author_count == 1 else 's'}"
        )

    def _listed(
        self, question: Question, head: str, papers: Sequence[Paper], note: str, what: Callable[[Paper], str] | None = None
    ) -> Told:
        extra = what or (lambda paper: "")
        lines = "\n".join(f"- **{titled(p)}**{byline(p)}{', ' * bool(extra(p)) + extra(p)} [{n}]" for n, p in enumerate(papers, 1))
        return Told(f"{head}:\n\n{lines}\n\n{note}".strip(), tuple(papers))

    def _organisations(self, question: Question) -> Told:
        papers = [paper for paper in self._index.all_papers() if paper.organisation]
        if not papers:
            return Told(f"No organisation is recorded for any of the {len(self._index):,} papers.")
        counts = Counter(shown(paper.organisation or "") for paper in papers)
        named = ", ".join(f"{name} ({number})" for name, number in counts.most_common(40))
        return Told(f"{len(counts)} organisations are recorded: {named}. {self._note('organisation')}".strip())

    def _code(self, question: Question) -> Told:
        if question.excluded:
            return self._without_code(question)
        papers = [paper for paper in self._papers(question) if paper.code_urls]
        held, what = len(self._index), _on(question)
        if not papers and question.within is not None:
            return Told(f"None of these {so_many(len(question.within))} names a code repository in its abstract.")
        if not papers:
            return Told(
                f"No paper{what} names a code repository in its abstract." if what else f"None of the {held:,} papers names a repository."
            )
        of = f"{so_many(len(papers))}{what}" if what or question.within else f"{len(papers):,} of the {held:,} papers"
        head = f"{of} {'names' if len(papers) == 1 else 'name'} a code repository in the abstract"
        if question.kind is Kind.NUMBER:
            return Told(f"{head}. Ask “list them” for the links.")
        lines = "\n".join(f"- **{titled(p)}**{byline(p)}: {shown(p.code_urls[0])} [{n}]" for n, p in enumerate(papers, 1))
        return Told(f"{head}:\n\n{lines}", tuple(papers))

    def _without_code(self, question: Question) -> Told:
        """What names no repository; the first of them where they are many."""
        papers = [paper for paper in self._papers(question) if not paper.code_urls]
        most = f"; the first {_LISTED_MENTIONS}" if len(papers) > _LISTED_MENTIONS else ""
        head = f"{so_many(len(papers))}{_on(question)} {'names' if len(papers) == 1 else 'name'} no code repository in the abstract"
        if question.kind is Kind.NUMBER or not papers:
            return Told(f"{head}.")
        return self._listed(question, f"{head}{most}", papers[:_LISTED_MENTIONS], "")

    # --- topics, everything, what is not known

    def _themes(self, question: Question) -> Told:
        topics = self._topics.all()
        lines = "\n".join(f"- {shown(topic.label)}: {so_many(len(topic.ids))}" for topic in topics)
        held = len(self._index)
        if not lines:
            return Told(f"The collection holds {so_many(held)}: too few to group by topic.")
        return Told(
            f"The {held:,} papers fall into about {len(topics)} topics:\n\n{lines}\n\nAsk about any of them, or about something else."
        )

    def _everything(self, question: Question) -> Told:
        held = len(self._index)
        ids, _ = self._index.lexical.page("", question.filters, "newest", 0, _LISTED)
        papers = self._index.papers(ids)
        return self._listed(
            question, f"The collection holds {held:,} papers; the first {len(papers)}, newest first", papers,
            "`paperchat list` prints them all, and the Corpus tab of the page shows them." if held > len(papers) else "",
        )  # fmt: skip

    def _fields(self, _: Question) -> Told:
        return Told(kept_of_each(list(self._index.all_papers())))

    def _facts_asked(self, question: Question) -> Told:
        """The date, the number of authors or the organisation of papers, as their records tell it."""
        papers = self._index.papers(list(question.within)) if question.within else []
        asked = in_english(question.asked, question.language) if question.language else question.asked
        return Told("\n\n".join(fact(paper, fact_asked(asked), n) for n, paper in enumerate(papers, 1)), tuple(papers))

    def _unknown(self, question: Question) -> Told:
        papers = self._index.papers(list(question.within)) if question.within else []
        told_of = [facts(paper, question.asked.lower(), n) for n, paper in enumerate(papers, 1)]
        lacks = what_lacks(question.asked.lower())
        told = {"The names": all(p.authors for p in papers), "The venue": all(p.venue for p in papers)}
        if papers and told.get(lacks[:9]):
            return Told(" ".join(told_of), tuple(papers))
        if not papers:
            return Told(
                f"That is not known here: {lacks} Only titles and abstracts are held, with dates, author counts and code links where the "
                f"source gave them."
            )
        return Told(f"{' '.join(told_of)} {lacks}", tuple(papers))


def _on(question: Question) -> str:
    topic = f" on “{shown(question.text)}”" if question.text else ""
    return f"{topic} {question.filters.described()}" if question.filters else topic


def _field_of(filters: Filters) -> str:
    if filters.since or filters.until:
        return "date"
    return "author count" if filters.min_authors is not None or filters.max_authors is not None else "organisation"


_AMONG = re.compile(r"\b(?:among|of|from|in) (?:all )?(?:the |those |these )?(?:\w+ )?(?:ones|papers|works|entries)\b")
_PLACES = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def _first(papers: Sequence[Paper], question: Question, values: Sequence[object]) -> list[Paper]:
    """As many as were asked for ("the five newest"), a handful for "papers", else all that share the place that is asked for."""
    if question.rank > 1:
        places = list(dict.fromkeys(values))
        value = places[min(question.rank, len(places)) - 1]
        return [paper for paper, at in zip(papers, values, strict=True) if at == value][:_LISTED]
    words = _AMONG.sub(" ", question.asked.lower().replace("?", " ")).split()
    names = {name: n for name, n in NUMBERS.items() if 1 < n <= 10}
    number = next((int(w) if w.isdigit() else names[w] for w in words if (w.isdigit() and 1 < int(w) <= _LISTED) or w in names), 0)
    if number:
        return list(papers[:number])
    if any(word in ("papers", "ones", "works", "articles", "publications", "entries", "arrivals", "additions", "teams") for word in words):
        return list(papers[:5])
    return [paper for paper, value in zip(papers, values, strict=True) if value == values[0]][:_LISTED]
