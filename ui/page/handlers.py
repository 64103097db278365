"""What the chat page does at each event. Values come in from the browser and go back; nothing of a user stays here."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rag import Assistant, Filters, PaperchatError
from rag.understanding import implied
from ui.page.chat import FILTER_NAMES, listing_html, run, scope_html, transcript_html
from ui.page.feedback import Feedback
from ui.page.sources import panel_of, told_words
from ui.page.turn import MAX_PAPERS, Memory, Turn, filters_of, memory_of, new_turn, stored, turn_of
from ui.page.welcome import examples, welcome_html
from ui.topics import Cartographer

NEAREST = 5
"""Papers shown where none answers."""


class Look(NamedTuple):
    """What an event changes on the chat page; None leaves a part as it is. `draft` is the turn under way."""

    transcript: str | None = None
    panel: str | None = None
    listing: str | None = None
    scope: str | None = None
    memory: dict[str, Any] | None = None
    draft: dict[str, Any] | None = None
    running: bool | None = None
    filters: Filters | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat's events, over an assistant that opens while the page loads."""

    opened: Callable[[], Assistant]
    feedback: Feedback
    quiet: bool
    cartographer: Cartographer

    # --- looking

    def shown(self, memory: Memory, at: int = -1) -> Look:
        """The whole chat as the memory has it."""
        assistant = self.opened()
        turns = memory.turns
        body = transcript_html(turns, (), self.quiet) if turns else self._welcome(assistant, memory)
        listing, scope = listing_html(memory), scope_html(memory.open)
        return Look(body, panel_of(assistant, turns, at), listing, scope, stored(memory), None, False)

    def _welcome(self, assistant: Assistant, memory: Memory) -> str:
        if memory.open.papers:
            return scope_welcome(assistant, memory.open.papers)
        return welcome_html(len(assistant.index), examples(assistant))

    def sources(self, kept: Any, at: int, number: int) -> Look:
        """The sources of one turn, one of them open."""
        return Look(panel=panel_of(self.opened(), memory_of(kept).turns, at, number))

    # --- conversations

    def listed(self, kept: Any, action: Mapping[str, Any]) -> Look:
        """Open, rename or delete a conversation."""
        memory, name = memory_of(kept), str(action.get("id", ""))
        if action.get("action") == "rename":
            memory = memory.renamed(name, str(action.get("name", "")))
            return Look(listing=listing_html(memory), memory=stored(memory))
        return self.shown(memory.without(name) if action.get("action") == "delete" else memory.opened(name))

    def about(self, kept: Any, ids: Sequence[str]) -> Look:
        """A new conversation about these papers only; about all papers again without any."""
        memory = memory_of(kept)
        papers = self.opened().index.papers(list(dict.fromkeys(ids))[:MAX_PAPERS])
        if not papers and ids:
            return Look()
        about = f"“{papers[0].title}”" if len(papers) == 1 else f"{len(papers)} papers"
        memory = memory.restricted([paper.paper_id for paper in papers], about if papers else "")
        return self.shown(memory)

    def compare(self, kept: Any, ids: Sequence[str]) -> Iterator[Look]:
        """Ask how papers differ, in a new conversation about them only."""
        look = self.about(kept, ids)
        yield look
        if look.memory is not None:
            yield from self.ask(look.memory, new_turn("How do they differ?"))

    # --- asking

    def ask(self, kept: Any, turn: Turn, at: int | None = None) -> Iterator[Look]:
        """Ask in the open conversation, or again from turn `at` on, which replaces what followed."""
        memory = memory_of(kept)
        before = memory.turns if at is None else memory.turns[: max(at, 0)]
        memory = memory.with_turns([*before, replace(turn, state="stopped")])
        yield Look(self._drawn(before, turn), None, listing_html(memory), None, stored(memory), _plain(turn), True)
        for progress in run(self.opened(), before, turn, memory.open.papers):
            turn = progress.turn
            if turn.state == "running":
                # told with every view: of two that reach a browser within one frame, it may draw the second only
                yield Look(self._drawn(before, turn, progress.steps), draft=_plain(turn), running=True)
        yield self.shown(memory.with_turns([*before, self.feedback.sealed(self._hinted(turn))]))

    def _hinted(self, turn: Turn) -> Turn:
        """An abstention with the papers that come nearest, what each lacks, and the topic of the first, where the map knows it."""
        if not turn.abstained:
            return turn
        near = turn.near or self._nearest(turn)
        atlas = self.cartographer.known()
        return replace(turn, near=near, topic=atlas.topic(near[0][0]) if near and atlas else "")

    def _nearest(self, turn: Turn) -> tuple[tuple[str, str], ...]:
        """Ids of the nearest papers, with the question's words that each lacks."""
        assistant = self.opened()
        papers = assistant.index.papers(turn.nearest) or [hit.paper for hit in assistant.search(turn.asked, NEAREST)]
        _, topic = implied(turn.asked)  # no abstract holds the words of a filter ("since")
        return tuple((paper.paper_id, ", ".join(told_words(assistant, topic, paper)[1])) for paper in papers[:NEAREST])

    def _drawn(self, before: tuple[Turn, ...], turn: Turn, steps: tuple[str, ...] = ()) -> str:
        return transcript_html([*before, turn], steps, self.quiet)

    def act(self, kept: Any, action: Mapping[str, Any], given: Filters) -> Iterator[Look]:
        """An example, a link, a retry, an edit, or a filter taken off: each asks."""
        name, turns = action.get("action"), memory_of(kept).turns
        if name in ("example", "link"):
            yield from self.ask(kept, new_turn(_asked(action), given))
            return
        at = whole(action, "turn", -1)
        if not 0 <= at < len(turns):
            return
        old = turns[at]
        if name == "retry":
            yield from self.ask(kept, new_turn(old.question, old.given, old.asked), at)
        elif name == "edit" and _asked(action):
            yield from self.ask(kept, new_turn(_asked(action), given), at)
        elif name == "unfilter" and action.get("name") in FILTER_NAMES:
            yield from self._unfiltered(kept, old, str(action["name"]), at, given)

    def _unfiltered(self, kept: Any, old: Turn, name: str, at: int, given: Filters) -> Iterator[Look]:
        """Ask again without one filter: the wording that implied it is cut, the other filters are set by hand."""
        _, rest = implied(old.asked, self.opened().index.lexical.organisations())
        without = replace(old.applied, **{name: None})
        yield Look(filters=replace(given, **{name: None}))
        yield from self.ask(kept, new_turn(old.question, without, rest or old.asked), at)

    def stop(self, kept: Any, draft: Any) -> Look:
        """Keep what was streamed until now."""
        memory = memory_of(kept)
        try:
            turn = replace(turn_of(draft), state="stopped")
        except (TypeError, ValueError):
            return self.shown(memory)
        return self.shown(memory.with_turns([*memory.turns[:-1], turn]))

    # --- feedback

    def rate(self, kept: Any, action: Mapping[str, Any]) -> Look:
        """Keep a like or dislike, with its word when there is one."""
        memory = memory_of(kept)
        turns, at = list(memory.turns), whole(action, "turn", -1)
        if not 0 <= at < len(turns):
            return Look()
        value = 1 if whole(action, "value", 1) > 0 else -1
        turn = turns[at] = replace(turns[at], rating=value, word=str(action.get("word", ""))[:1_000])
        version = self.opened().index.revision
        try:
            self.feedback.keep(turn, version)
        except (sqlite3.Error, OSError) as error:
            raise PaperchatError(f"the feedback could not be kept ({error}); check that the data folder can be written") from None
        memory = memory.with_turns(turns)
        return Look(transcript_html(turns, (), self.quiet), memory=stored(memory))


def scope_welcome(assistant: Assistant, ids: Sequence[str]) -> str:
    """What a conversation about a few papers begins with."""
    papers = assistant.index.papers(ids)
    asked = ("What does it propose?", "How does it work?") if len(papers) == 1 else ("What do they propose?", "How do they differ?")
    return welcome_html(len(assistant.index), asked, papers)


def whole(action: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number of an event, which may hold anything."""
    value = action.get(name)
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 10 else default


def _asked(action: Mapping[str, Any]) -> str:
    return str(action.get("question", "")).strip()


def _plain(turn: Turn) -> dict[str, Any]:
    """The turn as the session keeps it while it is under way."""
    return dict(stored(Memory().with_turns([turn]))["conversations"][0]["turns"][0])


def given_filters(values: Mapping[str, str | None]) -> Filters:
    """Filters out of the page's controls by name; an empty control is none."""
    return filters_of({name: text.strip() for name, text in values.items() if isinstance(text, str) and text.strip()})
