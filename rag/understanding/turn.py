"""What is known of a turn before it is understood, and of the conversation that it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.filters import Filters
from rag.index import Catalogue
from rag.understanding.classifier import NAMES, Typed
from rag.understanding.conversation import Exchange, told
from rag.understanding.question import Question, subject

_SORTS = frozenset("survey surveys review reviews overview overviews benchmark benchmarks dataset datasets tutorial tutorials".split())
"""Sorts of papers: to ask for one is to ask for something."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn as typed (`text`), in English (`turn`), without what its filters are worded by (`rest`).

    `filters` are those of its wording, `given` those set by hand, `says` what the classifier says, head by head, `topical` how likely
    each word is to name a topic.
    """

    text: str
    turn: Typed
    rest: str
    filters: Filters
    given: Filters
    says: Mapping[str, Mapping[str, float]]
    language: str = ""
    topical: Mapping[str, float] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The turn in English."""
        return self.turn.text

    def subject(self, text: str, least: float = NAMES) -> str:
        """The words of a part of the turn that name a topic, each at least as likely."""
        words = ((word, word.lower().rstrip("?.!,:;")) for word in subject(text).split())
        return " ".join(word for word, bare in words if self.topical.get(bare, 1.0) >= least or bare in _SORTS)

    def sure(self, head: str, *labels: str) -> float:
        """How likely one of the labels is."""
        return sum(self.says[head].get(label, 0.0) for label in labels)

    def likeliest(self, head: str) -> tuple[str, float]:
        """The likeliest label of a head."""
        return next(iter(self.says[head].items()))


class Talk:
    """A conversation so far; false where nothing was said. Its last question is read when it is asked for."""

    def __init__(self, exchanges: Sequence[Exchange], lexical: Catalogue, read: "Callable[[Talk], Question]") -> None:
        self.exchanges, self.lexical, self._read = tuple(exchanges), lexical, read

    def __bool__(self) -> bool:
        return bool(self.exchanges)

    @cached_property
    def question(self) -> Question:
        """The last question, as it was read when it was asked."""
        return self._read(self)

    @cached_property
    def told(self) -> tuple[str, ...]:
        """Ids of the papers that the last answer cited, in the order of their numbers."""
        last = self.exchanges[-1]
        # small talk names papers as examples of what to ask
        return () if last.cited is None and self.question.intent == "chat" else told(last, self.lexical)

    def then(self, asked: str) -> Question:
        """What a turn would ask, said next."""
        return Talk((*self.exchanges, Exchange(asked, "")), self.lexical, self._read).question

    def earlier(self) -> "Talk":
        """The conversation without its last exchange."""
        return Talk(self.exchanges[:-1], self.lexical, self._read)

    def empty(self) -> "Talk":
        """No conversation."""
        return Talk((), self.lexical, self._read)

    def all_told(self) -> tuple[str, ...]:
        """Ids of the papers that the answers cited since the subject last changed."""
        ids, talk = list[str](), self
        while talk:
            ids += talk.told
            if not talk.question.form:
                break
            talk = talk.earlier()
        return tuple(dict.fromkeys(ids))
