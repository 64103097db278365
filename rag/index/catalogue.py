"""The catalogue: which papers are held, by id, alias, title, name, digest and what filters need; and how words are searched.

Derived from Chroma and rebuilt from it. Built on tantivy: on disk, incremental, one atomic commit.
Words are searched by what extends it: rag/index/lexical/local.py here, rag/index/lexical/server.py on a server.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from rag.embedding import cached
from rag.errors import IndexDamaged
from rag.filters import Filters
from rag.index.folder import unusable
from rag.index.lexical.filters import filter_queries
from rag.index.lexical.forward import ForwardIndex
from rag.index.lexical.interface import Words
from rag.index.lexical.schema import ANALYZER, LAYOUT, NAME_WORDS, analyzer, folded_key, schema, title_term
from rag.index.lexical.searcher import Found, View
from rag.index.lexical.sums import fault, sums
from rag.index.records import paper_of
from rag.text import ANY, folded, names_asked, same_person

STATE = "STATE.json"
_DAMAGED = re.compile("schema|corrupt|FileDoesNotExist|InvalidData|UnexpectedEof", re.IGNORECASE)
"""How tantivy says that files are damaged, lost, or of another layout (and not: that the disk is full)."""

_RARE = 8  # a word in so few papers is no common word, however small the corpus
_SHORTEST_APART = 4  # letters from which on a name is known, too, when it is written apart or together
_FEW = 400  # so many ids are looked up one by one: quicker than tantivy's query for a set, 3 ms in an index of 372 papers


class Catalogue(Words):
    """A tantivy index in a folder of its own, for many readers and one writer. Raises IndexDamaged, ConfigError.

    `reads_by` names what made the forward index's entries; entries of another maker are damage.
    """

    def __init__(self, folder: Path, reads_by: str = "") -> None:
        self.folder, self._reads_by = folder, reads_by
        self._schema, self.analyzer = schema(), analyzer()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, str(folder))
            self._index.register_tokenizer(ANALYZER, self.analyzer)
            self._index.config_reader("manual")
            if wrong := self.changed():
                raise IndexDamaged(f"the lexical index in {folder} is damaged ({wrong}); it is derived, and can be built anew")
            self.forward = ForwardIndex(folder)
            self.reload()
            self._check()
        except (OSError, ValueError) as error:
            if _DAMAGED.search(str(error)):
                raise IndexDamaged(f"the lexical index in {folder} cannot be read; it is derived, and can be built anew") from error
            raise unusable(folder, error) from error

    # --- state

    def reload(self) -> None:
        """See what was committed, by this process or another."""
        self.loaded = self.revision  # before: what is committed meanwhile is seen, too, and looked at again
        self._index.reload()
        searcher = self._index.searcher()
        self.forward.reload()  # after: it holds whatever the searcher's documents name
        self._view = View(searcher, self.forward)
        self._cached_names = cached(self._names, 256)  # asked for twice a question
        self._organisations = cached(self._organisation_names, 1)
        self._known_names = cached(self._system_names, 1)
        self.state = object()  # a new one, after the view, for whatever was derived from what the view before saw

    def _check(self) -> None:
        made_by = str(self._state().get("reads_by", ""))
        if len(self.forward) < len(self) or (self._reads_by and made_by and made_by != self._reads_by):
            raise IndexDamaged(f"the forward index in {self.folder} is cut off, or another version's; it is derived, and can be built anew")

    def _state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / STATE).read_text()))
        except (OSError, ValueError, TypeError):
            return {}

    @property
    def revision(self) -> int:
        """The revision of Chroma's collection that this index holds; -1 when unknown."""
        state = self._state()
        try:
            return int(state["revision"]) if state.get("layout") == LAYOUT else -1
        except (ValueError, KeyError, TypeError):
            return -1

    @property
    def unsure(self) -> bool:
        """Whether papers may be missing, or held that are gone."""
        return bool(self._state().get("unsure"))

    def mark(self, revision: int, unsure: bool = False) -> None:
        """Record, atomically, which revision is held."""
        temporary = self.folder / (STATE + ".new")
        held = {"revision": revision, "layout": LAYOUT, "reads_by": self._reads_by, "unsure": unsure}
        temporary.write_text(json.dumps({**held, "files": sums(self.folder, self._files())}))
        temporary.replace(self.folder / STATE)
        self.loaded = revision

    def _files(self) -> dict[str, Any]:
        files = self._state().get("files")
        return files if isinstance(files, dict) else {}

    def changed(self, whole: bool = False) -> str:
        """Which file is not what was committed; `whole` reads them all, however large. A commit meanwhile is no damage."""
        for _ in range(3):
            before = self._files()
            meta = self.folder / "meta.json"
            wrong = fault(self.folder, before, meta.read_text() if meta.exists() else "", whole)
            if not wrong or self._files() == before:
                return wrong
        return ""

    def __len__(self) -> int:
        return int(self._view.searcher.num_docs)

    # --- writing

    def open_writer(self, heap_bytes: int) -> tantivy.IndexWriter:
        """tantivy's writer, of which there is one at a time; see LexicalWriter."""
        return self._index.writer(heap_bytes, 1)

    # --- reading

    def terms(self, text: str) -> list[str]:
        """The text's index terms: lower case, accents folded, English stems."""
        return list(self.analyzer.analyze(folded(text)))

    def matching(self, filters: Filters, limit: int) -> tuple[list[str], int]:
        """Ids of papers that pass the filters, at most `limit`, and how many pass in all."""
        view = self._view
        found: Any = view.searcher.search(self._passing(filters), limit=max(limit, 1), count=True)
        return [paper_id for paper_id, _ in view.ids(found)], int(found.count)

    def all_passing(self, filters: Filters, limit: int) -> Found:
        """At most `limit` papers that pass the filters, in no order."""
        return self._view.listed(self._view.searcher.search(self._passing(filters), limit=limit, count=False))

    def page(
        self, words: str, filters: Filters, order: str, offset: int, limit: int, within: Sequence[str] | None = None
    ) -> tuple[list[str], int]:
        """Ids of one page of the papers that hold every word and pass the filters (of `within`, if given), and how many do in all.

        `order` is `best` (by BM25), `newest`, `oldest`, `title` or `authors` (most first).
        """
        terms = list(dict.fromkeys(self.terms(words)))
        parts = [(Occur.Must, self._with_words(terms, filters))] if terms else []
        parts += [(Occur.Must, Query.const_score_query(query, 0.0)) for query in self._limits(filters, within)]
        query = Query.boolean_query(parts or [(Occur.Must, Query.all_query())])
        field, direction = _ORDERS[order]
        view = self._view
        found: Any = view.searcher.search(query, limit, True, field, offset, direction)
        return self.forward.ids(view.rows(found.hits)), int(found.count or 0)

    def count(self, filters: Filters) -> int:
        """How many papers pass the filters."""
        found: Any = self._view.searcher.search(self._passing(filters), limit=1, count=True)
        return int(found.count)

    def _passing(self, filters: Filters) -> Query:
        return Query.boolean_query([(Occur.Must, query) for query in self._limits(filters, None)] or [(Occur.Must, Query.all_query())])

    def passing(self, ids: Sequence[str], filters: Filters) -> list[str]:
        """Those of the ids that pass the filters."""
        limits = [(Occur.Must, query) for query in self._limits(filters, ids)]
        passing = {paper_id for paper_id, _ in self._view.found(Query.boolean_query(limits), max(len(ids), 1))}
        return [paper_id for paper_id in ids if paper_id in passing]

    def by_aliases(self, ids: Sequence[str]) -> dict[str, str]:
        """Of those ids under which a paper is held that has another: alias -> paper id."""
        return self._by("alias", set(ids))

    def by_titles(self, titles: Sequence[str]) -> dict[str, str]:
        """Of those titles that are held, whatever case and punctuation: key -> paper id."""
        return self._by("title_key", {title_term(title) for title in titles} - {""})

    def _by(self, field: str, values: set[str]) -> dict[str, str]:
        """Of those values that a paper has in a field: value -> its id."""
        view, held = self._view, dict[str, str]()
        for value in values:
            if view.searcher.doc_freq(field, value):
                for paper_id, _ in view.found(self._is(field, value), 1):
                    held[value] = paper_id
        return held

    def holding_digests(self, digests: Sequence[str]) -> set[str]:
        """Those of the digests whose record is held."""
        searcher, asked = self._view.searcher, set(digests)
        if digests and searcher.doc_freq("digest", digests[0]):  # as when a file comes again: one search for all
            found: Any = searcher.search(Query.term_set_query(self._schema, "digest", list(asked)), limit=1, count=True)
            if found.count == len(asked):
                return asked
        known = {digest for digest in asked if searcher.doc_freq("digest", digest)}  # counts deleted ones, too
        return {digest for digest in known if searcher.search(self._is("digest", digest), limit=1, count=False).hits}

    def organisations(self) -> list[str]:
        """Names of the organisations that the papers come from."""
        return list(self._organisations())

    def _organisation_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._view.searcher.terms_with_prefix("organisation_name", "", limit=5_000))

    def authored(self) -> int:
        """How many papers have the names of their authors."""
        return int(self._view.searcher.doc_freq("author", ANY))

    def authors(self, name: str, limit: int = 200) -> list[str]:
        """Names of authors who may be the one of that name, those with most papers first; `limit` papers are looked at."""
        ids, _ = self.matching(Filters(author=name), limit)
        papers = [paper_of(record) for record in self.records_of(ids).values()]
        found = Counter(
            author for paper in papers for author in paper.authors if any(same_person(author, one) for one in names_asked(name))
        )
        return [author for author, _ in found.most_common()]

    def named(self, text: str) -> dict[str, list[str]]:
        """System names that occur in the text: name -> ids of the papers titled `NAME: ...`.

        A name that is also a common word (`FiRST`) must be written as the title writes it.
        """
        return self._cached_names(text)

    def apart(self, squeezed: str, limit: int = 5) -> list[str]:
        """System names that, without blanks, are this or begin with it: `llmpruner` -> `llm pruner`."""
        names = (name for name, _ in self._view.searcher.terms_with_prefix("name", squeezed[:1], limit=5_000))
        found = [name for name in names if name.replace(" ", "").startswith(squeezed)]
        return sorted(found, key=len)[:limit]

    def _names(self, text: str, limit: int = 10) -> dict[str, list[str]]:
        words = folded_key(text).split()
        spans = {" ".join(words[i : i + n]) for n in range(1, NAME_WORDS + 1) for i in range(len(words) - n + 1)}
        spans |= {name for span in spans if (name := self._together(span))}
        searcher, found, held = self._view.searcher, dict[str, list[str]](), self._known_names()[0]
        for span in spans:
            if span in held and (len(span) > 1 or (span and f"{span}+" in text.lower())):  # "I'm" names no M+
                hits = searcher.search(self._is("name", span), limit=limit, count=False).hits
                ids = [searcher.doc(address)["paper_id"][0] for _, address in hits]
                if self._common(span):
                    records = self.records_of(ids)
                    ids = [i for i in ids if i in records and paper_of(records[i]).title.partition(": ")[0] in text]
                if ids:
                    found[span] = ids
        return found

    def _together(self, span: str) -> str:
        """The system name that a span is when blanks don't count: `layer skip` -> `layerskip`, `nvembed` -> `nv embed`."""
        return self._known_names()[1].get(squeezed, "") if len(squeezed := span.replace(" ", "")) >= _SHORTEST_APART else ""

    def _system_names(self) -> tuple[frozenset[str], dict[str, str]]:
        """All system names, and each by how it is written without blanks: asked for dozens of times a question."""
        names = [name for name, _ in self._view.searcher.terms_with_prefix("name", "")]
        return frozenset(names), {name.replace(" ", ""): name for name in names}

    def _common(self, span: str) -> bool:
        """Whether a name is one word that many papers use."""
        terms = self.terms(span)
        return len(terms) == 1 and self.document_frequency(terms[0]) > max(_RARE, len(self) // 100)

    def digests(self) -> set[str]:
        """The digests of all records that are held."""
        return self.holding_digests([digest for digest, _ in self._view.searcher.terms_with_prefix("digest", "")])

    def ids(self) -> set[str]:
        """Every paper id that is held."""
        view = self._view
        return {paper_id for paper_id, _ in view.found(Query.all_query(), max(view.searcher.num_docs, 1))}

    def _is(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, "basic")

    def _among(self, ids: Sequence[str]) -> Query:
        """Papers of these ids."""
        if len(ids) > _FEW:
            return Query.term_set_query(self._schema, "paper_id", list(ids))
        return Query.boolean_query([(Occur.Should, self._is("paper_id", paper_id)) for paper_id in ids])

    def _limits(self, filters: Filters | None, within: Sequence[str] | None) -> list[Query]:
        limits = filter_queries(self._schema, self.analyzer, filters) if filters else []
        if within is not None:
            limits.append(self._among(within))
        return limits


_ORDERS: dict[str, tuple[str | None, Any]] = {
    "best": (None, tantivy.Order.Desc),
    "newest": ("last_day", tantivy.Order.Desc),
    "oldest": ("first_day", tantivy.Order.Asc),
    "title": ("title_key", tantivy.Order.Asc),
    "authors": ("author_count", tantivy.Order.Desc),
}
