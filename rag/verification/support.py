"""Support: whether the papers that a sentence cites say what it says; each of them by itself."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from corpus import Paper
from rag.text import content_words, instructs, visible
from rag.verification.evidence import Evidence, evidence, fold, names, versions
from rag.verification.figures import disagrees, number_words, numbers, signs, unscaled
from rag.verification.needs import Needs
from rag.verification.opposites import instead
from rag.verification.pairs import Pairs
from rag.verification.relations import Relations
from rag.verification.roles import Roles
from rag.verification.saying import Saying
from rag.verification.slots import Slots
from rag.verification.words import Stem, read

_CLAUSE = re.compile(r"[;:]\s{1,4}|,?\s{1,4}(?:and|but|because|while|whereas|since|so that|although)\s{1,4}")
_NAMED_NUMBER = re.compile(r"\b[A-Za-z]+-\d[\w.]*\w|\b[A-Za-z]+-\d")
_URL = re.compile(
    r"https?:|www\.|\b[\w-]{1,60}\.(?:com|org|net|io|ai|dev|co|xyz|ru|cn|info|app|me|site|evil|example|test)\b|\S@\S|://", re.IGNORECASE
)
_SHORT_SCALE = re.compile(r"[\s-](million|billion|trillion)s?$", re.IGNORECASE)
_BARE = re.compile(r"[\d\s.,~≈±/–→-]{1,80}")
"""Figures alone, as in a table's cell whose header says what they are."""
_GENERIC = (
    "paper papers author authors work abstract abstracts study propose proposes proposed introduce introduces present presents show shows "
    "showing report reports reported claim claims achieve achieves achieving use uses using used method methods approach approaches "
    "model models technique system framework which while whereas both each also instead rather without within by through via because "
    "thus so further only same different other new result results state say mention give address focus combine allow make based "
    "publish published release released survey review article"
)
_ENOUGH = 0.6
"""Share of a sentence's own content words that the cited abstract must hold: a paraphrase keeps more, an invention less."""
_ENOUGH_OF_CLAUSE, _LONG_CLAUSE = 0.5, 4
"""The same for a clause joined by and, because, but; and the content words from which on it is long enough to be held to it."""
_LEAST_SHARED = 0.35
"""The share without which no sentence is a paraphrase of an abstract."""
_ENOUGH_OF_EACH = 0.5
"""The share that each of several cited abstracts must hold."""
_JOINT, _JOINT_AMONG = 3, 12
"""Papers that a sentence without a marker may be shared by, and among how many these are looked for."""
_LONGEST = 4_000
_LABEL_WORDS, _KNOWN_OF_LABEL = 8, 0.5
"""Words of a heading that needs not be of one source, and the share of them that must be known: the rest may be a stranger's."""
_HEADING_WORDS, _HEADING_LENGTH = 14, 300
_LONG_WORD = 5
_UNSAID = "the cited abstract does not say this"


class Support:
    """Checks sentences against the papers that they cite. `question` is what the user asked."""

    def __init__(self, question: str, papers: Sequence[Paper], stem: Stem) -> None:
        self._stem = stem
        self._evidence = [evidence(paper, stem) for paper in papers]
        self._generic, self._asked = frozenset(stem(_GENERIC)), frozenset(stem(question))
        self.count = len(papers)

    def fault(self, sentence: str, cited: Iterable[int]) -> str:
        """Why the cited papers (positions) do not support the sentence; empty when they do.

        One paper must say all of it. Of several, each must say a clause of it by itself, and each clause must be said.
        """
        positions = sorted(set(cited))
        if fault := _outright(sentence):
            return fault
        if not positions:
            return "it cites no paper that answers the question"
        if len(positions) == 1:
            return self._alone(sentence, positions[0], positions)
        able, fault = self._able(sentence, positions)
        if fault:
            return fault
        return "" if len(able) == len(positions) else "one of the cited abstracts does not say this"

    def paraphrases(self, sentence: str, cited: Iterable[int]) -> bool:
        """Whether only the choice of words keeps one cited paper from supporting a sentence: figures, names and relations hold."""
        positions, own = sorted(set(cited)), self._own(sentence)
        if len(positions) != 1 or not own or _outright(sentence):
            return False
        held = self._evidence[positions[0]]
        shared = len(own & held.stems) >= _LEAST_SHARED * len(own)
        return shared and not (self._wrong_but_for_words(sentence, held, positions, frozenset()) or self._turned(sentence, held))

    def copied(self, sentence: str, cited: Iterable[int]) -> bool:
        """Whether a sentence is a cited paper's own, word for word: nothing can be turned round in it."""
        parts = [fold(part) for part in visible(sentence).split("**")]  # a title in bold, and what is said of it
        return any(all(part in self._evidence[i].folded for part in parts) for i in cited)

    def knows(self, name: str) -> bool:
        """Whether any of the papers has these words, written in one or apart."""
        return any(fold(name) in held.folded for held in self._evidence)

    def bearing(self, sentence: str, cited: Iterable[int]) -> list[int]:
        """Those of several cited papers that do say a clause of the sentence, where every clause is said; else none."""
        able, fault = self._able(sentence, sorted(set(cited)))
        return [] if fault else sorted(able)

    def supporting(self, sentence: str) -> int | None:
        """The position of the paper that alone supports a sentence best; None when none does."""
        return self._best(sentence, [i for i in range(self.count) if not self.fault(sentence, [i])])

    def _best(self, sentence: str, able: Iterable[int]) -> int | None:
        """The one of these papers that holds most of a sentence's words."""
        own = self._own(sentence)
        return max(able, key=lambda i: len(own & self._evidence[i].stems), default=None) if own else None

    def joint(self, sentence: str) -> list[int]:
        """The positions of the few papers that say a sentence together: each a clause with a name of its own; else none."""
        chosen: set[int] = set()
        if self.count > _JOINT_AMONG or "respectively" in sentence:
            return []
        for clause in _CLAUSE.split(sentence):
            named = {fold(name) for name in names(f"– {visible(clause)}")}
            able = {i for i in range(self.count) if self._only_there(named, i) and not self._alone(clause, i, range(self.count))}
            best = self._best(clause, able)
            chosen |= {best} if best is not None and not able & chosen else set()
        found = sorted(chosen)
        return found if 1 < len(found) <= _JOINT and not self.fault(sentence, found) else []

    def _only_there(self, named: set[str], position: int) -> bool:
        """Whether a name is that of the paper's system, or one that no other paper has."""
        held = self._evidence[position]
        elsewhere = frozenset().union(*(e.words for e in self._evidence if e is not held))
        return bool(named & (held.systems | (held.words - elsewhere)))

    def heading(self, text: str) -> bool:
        """Whether a heading, a lead-in or a label may stand: of the question's words, or of one paper's.

        A short one on the topic, without a figure and without a system's name, carries no claim, and may have words of its own.
        """
        if len(text) > _HEADING_LENGTH or len(text.split()) > _HEADING_WORDS or instructs(text) or _URL.search(text):
            return False
        own = self._own(text)
        stated = [*numbers(text).values(), *({v} for word, v in number_words(text).items() if word != "one")]
        if own <= self._asked and not stated:
            return True
        named = {fold(name) for name in names(f"– {text}")}
        titled = [e for e in self._evidence if e.systems & named]
        known = self._asked.union(*(e.stems for e in self._evidence))
        if not stated and not titled and len(text.split()) <= _LABEL_WORDS and len(own & known) >= _KNOWN_OF_LABEL * len(own):
            return True
        counted = {Decimal(self.count)}
        return any(
            own <= e.stems and all(found & (e.values | counted) for found in stated) and not self._turned(text, e)
            for e in titled or self._evidence
        ) or (own <= self._asked and all(found & counted for found in stated))

    # --- one paper

    def _able(self, sentence: str, positions: Sequence[int]) -> tuple[set[int], str]:
        """The papers that say the sentence or a clause of it, and why a clause is said by none."""
        whole = {i for i in positions if not self._alone(sentence, i, positions)}
        if len(whole) == len(positions) or "respectively" in sentence:
            return whole, "" if whole else self._alone(sentence, positions[0], positions)
        able = set(whole)
        for clause in _CLAUSE.split(sentence):
            said = {i for i in positions if not self._alone(clause, i, positions)}
            if not said and not whole:
                return set(), self._alone(clause, positions[0], positions)
            able |= said if self._own(clause) else set()
        return able, ""

    def _alone(self, sentence: str, position: int, fellows: Sequence[int]) -> str:
        """Why one paper by itself does not say it. Of the systems of other papers cited with it, it need not tell."""
        held = self._evidence[position]
        others = frozenset().union(*(self._evidence[i].systems for i in fellows if i != position)) - held.systems
        if fault := self._wrong_but_for_words(sentence, held, fellows, others):
            return fault
        if held.says(sentence):
            return ""  # nothing can be turned round in a whole sentence of its own
        return self._wrong_words(sentence, held, others, _ENOUGH if len(fellows) == 1 else _ENOUGH_OF_EACH) or self._turned(sentence, held)

    def _wrong_but_for_words(self, sentence: str, held: Evidence, fellows: Sequence[int], others: frozenset[str]) -> str:
        return (
            self._wrong_subject(sentence, held)
            or self._wrong_number(sentence, held, len(fellows))
            or self._wrong_name(sentence, held, others)
        )

    def _turned(self, sentence: str, held: Evidence) -> str:
        said = read(visible(sentence), self._stem)
        if said in held.sentences.words:
            return ""
        if fault := Relations(said, held.sentences, self._stem).fault():
            return fault
        saying = Saying(said, held.sentences.words, held.systems, self._generic)
        return Roles(saying).fault() or Slots(saying).fault() or Needs(saying).fault() or Pairs(saying, self._stem).fault()

    def _own(self, sentence: str) -> set[str]:
        return (
            set(self._stem(" ".join(w.removesuffix("'s") for w in content_words(unscaled(visible(sentence))) if not w[0].isdigit())))
            - self._generic
        )

    def _wrong_subject(self, sentence: str, held: Evidence) -> str:
        """A sentence about another paper's system needs that paper, unless it sets it beside the cited one's."""
        named = {fold(name) for name in names(f"– {visible(sentence)}")}
        elsewhere = frozenset().union(*(e.systems for e in self._evidence if e is not held)) - held.systems
        if (foreign := named & elsewhere) and not named & held.systems:
            return f"the cited abstract is not the one of {min(foreign)}"
        return ""

    def _wrong_number(self, sentence: str, held: Evidence, cited: int) -> str:
        seen = visible(sentence)
        for written, found in numbers(seen).items():
            if not found & held.values and not _named_so(seen, written, held):
                return f"the number {written} is not in the cited abstract"
        for value, written_signs in signs(seen).items():
            known = held.signs.get(value, set())
            if known and any(disagrees(sign, known) for sign in written_signs if sign or not _BARE.fullmatch(seen)):
                return f"the number {value} stands for something else in the cited abstract"
        for named in _NAMED_NUMBER.findall(seen):
            if fold(named) not in held.folded:
                return f"{named} is not in the cited abstract"
        for version, written in versions(seen).items():
            if not held.has_version(version):
                return f"{written} is not in the cited abstract"
        counted = held.values | {Decimal(cited), Decimal(self.count)}
        for word, value in number_words(sentence).items():
            if value not in counted and word not in ("zero", "one"):
                return f"the number {word} is not in the cited abstract"
        return ""

    @staticmethod
    def _wrong_name(sentence: str, held: Evidence, others: frozenset[str]) -> str:
        for name in names(visible(sentence)):
            if fold(name) not in others and not held.holds(name):
                return f"{name} is not in the cited abstract"
        return ""

    def _wrong_words(self, sentence: str, held: Evidence, others: frozenset[str], enough_in_all: float) -> str:
        if sum(not ch.isascii() for ch in sentence if ch.isalpha()) > 0.2 * max(len(sentence), 1):
            return _UNSAID
        plain = plain_words(self._stem)
        for part in (sentence, *_CLAUSE.split(sentence)):
            own = {stem for stem in self._own(part) if fold(stem) not in others}
            known = {w for w in own if instead(w, self._stem) & held.stems}
            if rare := [w for w in own - known - plain if not _within(w, held)]:
                return f"the cited abstract says nothing of {min(rare)!r}"
            enough = enough_in_all if part is sentence else _ENOUGH_OF_CLAUSE
            if (part is sentence or len(own) >= _LONG_CLAUSE) and len(known) < enough * len(own):
                return _UNSAID
        return ""


def _outright(sentence: str) -> str:
    """Why a sentence may not be shown whatever it cites."""
    if len(sentence) > _LONGEST:
        return "it is too long"
    if _URL.search(sentence):
        return "it holds an address"
    return "it is an instruction" if instructs(sentence) else ""


@lru_cache(maxsize=8)
def plain_words(stem: Stem) -> frozenset[str]:
    """Words that the field's abstracts use often: a paraphrase may bring them in. Any other word must be the paper's."""
    text = files("rag.verification").joinpath("plain_words.txt").read_text(encoding="utf-8")
    return frozenset(stem(" ".join(line for line in text.splitlines() if not line.startswith("#"))))


def _within(word: str, held: Evidence) -> bool:
    """Whether a word is part of a longer one there: pre-training and pretraining."""
    return len(word) > _LONG_WORD and fold(word) in held.folded


def _named_so(sentence: str, number: str, held: Evidence) -> bool:
    """Whether a number belongs to the word before it, and the abstract writes the two as one: LLaMA 7B, LLaMA-7B."""
    short = _SHORT_SCALE.sub(lambda match: match[1][0], number)
    for match in re.finditer(re.escape(number), sentence):
        before, after = sentence[: match.start()], re.match(r"\w{0,20}", sentence[match.end() :])
        word = before.split()[-1] if before.endswith(" ") and before.split() else ""
        if any(ch.isupper() for ch in word) and fold(word + short + (after[0] if after else "")) in held.folded:
            return True
    return False
