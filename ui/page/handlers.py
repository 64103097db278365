"""What the chat page does at each event. Values come in from the browser and go back; nothing of a user stays here."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from corpus.writers.bibtex import to_bibtex
from rag import Assistant, Filters, PaperchatError
from rag.understanding import implied
from ui.page.chat import FILTER_NAMES, examples, listing_html, run, transcript_html, welcome_html
from ui.page.export import Cited, to_csv, to_markdown
from ui.page.feedback import Feedback, Rating
from ui.page.sources import panel_of
from ui.page.turn import Memory, Turn, filters_of, memory_of, new_turn, stored, turn_of

MAX_QUESTION = 4_000


class Look(NamedTuple):
    """What an event changes on the chat page; None leaves a part as it is. `draft` is the turn under way."""

    transcript: str | None = None
    panel: str | None = None
    listing: str | None = None
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

    # --- looking

    def shown(self, memory: Memory, at: int = -1) -> Look:
        """The whole chat as the memory has it."""
        assistant = self.opened()
        turns = memory.turns
        body = transcript_html(turns, (), self.quiet) if turns else welcome_html(len(assistant.index), examples(assistant))
        return Look(body, panel_of(assistant, turns, at), listing_html(memory), stored(memory), None, False)

    def sources(self, kept: Any, at: int, number: int) -> Look:
        """The sources of one turn, one of them open."""
        return Look(panel=panel_of(self.opened(), memory_of(kept).turns, at, number))

    # --- asking

    def ask(self, kept: Any, turn: Turn, at: int | None = None) -> Iterator[Look]:
        """Ask in the open conversation, or again from turn `at` on, which replaces what followed."""
        memory = memory_of(kept)
        before = memory.turns if at is None else memory.turns[: max(at, 0)]
        memory = memory.with_turns([*before, replace(turn, state="stopped")])
        yield Look(self._drawn(before, turn), None, listing_html(memory), stored(memory), _plain(turn), True)
        for progress in run(self.opened(), before, turn):
            turn = progress.turn
            if turn.state == "running":
                yield Look(self._drawn(before, turn, progress.steps), draft=_plain(turn))
        yield self.shown(memory.with_turns([*before, turn]))

    def _drawn(self, before: tuple[Turn, ...], turn: Turn, steps: tuple[str, ...] = ()) -> str:
        return transcript_html([*before, turn], steps, self.quiet)

    def act(self, kept: Any, action: Mapping[str, Any], given: Filters) -> Iterator[Look]:
        """An example, a link, a retry, an edit, or a filter taken off: each asks."""
        name, turns = action.get("action"), memory_of(kept).turns
        if name in ("example", "link"):
            yield from self.ask(kept, new_turn(_asked(action), given))
            return
        at = int(action.get("turn", -1))
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

    # --- feedback and export

    def rate(self, kept: Any, action: Mapping[str, Any]) -> Look:
        """Keep a like or dislike, with its word when there is one."""
        memory = memory_of(kept)
        turns, at = list(memory.turns), int(action.get("turn", -1))
        if not 0 <= at < len(turns):
            return Look()
        value = 1 if int(action.get("value", 1)) > 0 else -1
        turn = turns[at] = replace(turns[at], rating=value, word=str(action.get("word", ""))[:1_000])
        version = self.opened().index.revision
        try:
            self.feedback.keep(Rating(turn.answer_id, value, turn.word, turn.question, turn.text, turn.writer, version))
        except (sqlite3.Error, OSError) as error:
            raise PaperchatError(f"the feedback could not be kept ({error}); check that the data folder can be written") from None
        memory = memory.with_turns(turns)
        return Look(transcript_html(turns, (), self.quiet), None, None, stored(memory))

    def export(self, kept: Any, at: int, kind: str) -> str:
        """The cited papers of a turn as a file for the browser to save: JSON with its name, type and text."""
        turns = memory_of(kept).turns
        if not 0 <= at < len(turns):
            return ""
        turn = turns[at]
        papers = {paper.paper_id: paper for paper in self.opened().index.papers([source.paper_id for source in turn.sources])}
        cited: Cited = [(s.number, papers[s.paper_id], s.quote) for s in turn.sources if s.paper_id in papers]
        if kind == "bibtex":
            name, mime, text = "papers.bib", "application/x-bibtex", to_bibtex(paper for _, paper, _ in cited)
        elif kind == "csv":
            name, mime, text = "papers.csv", "text/csv", to_csv(cited)
        else:
            name, mime, text = "answer.md", "text/markdown", to_markdown(turn, cited)
        return json.dumps({"name": name, "mime": mime, "text": text})


def _asked(action: Mapping[str, Any]) -> str:
    return str(action.get("question", "")).strip()


def _plain(turn: Turn) -> dict[str, Any]:
    """The turn as the session keeps it while it is under way."""
    return dict(stored(Memory().with_turns([turn]))["conversations"][0]["turns"][0])


def given_filters(since: str, until: str, organisation: str | None, source: str | None) -> Filters:
    """Filters out of the page's controls; an empty control is none."""
    texts = {"since": since, "until": until, "organisation": organisation, "source": source}
    return filters_of({name: text.strip() for name, text in texts.items() if isinstance(text, str) and text.strip()})
