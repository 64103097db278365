"""The conversation: asking, streaming and how turns look. No state is kept here; all of it comes in and goes out."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from html import escape
from urllib.parse import urlencode

from rag import Assistant, Delta, Filters, PaperchatError, Step
from ui.page.text import answer_html, button, date_text, dates_in_words, icon
from ui.page.turn import Conversation, Memory, Turn, answered, history
from ui.page.welcome import example_button, inside

log = logging.getLogger("paperchat.page")

FILTER_NAMES = tuple(field.name for field in fields(Filters))


@dataclass(frozen=True, slots=True)
class Progress:
    """A turn as it stands, and the steps taken so far, the last one under way."""

    turn: Turn
    steps: tuple[str, ...] = ()


def run(assistant: Assistant, before: Sequence[Turn], turn: Turn, within: Sequence[str] = ()) -> Iterator[Progress]:
    """Ask, and give the turn as it grows; it ends `done` or, with the error's sentence, `failed`. `within` are the only papers.

    A draft stands in the turn until the answer's own text begins.
    """
    steps: tuple[str, ...] = ()
    bare, drafted = turn, False
    try:
        with closing(assistant.stream(turn.asked, history(before), turn.given, within or None)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Step):
                    steps = steps if steps[-1:] == (event.detail,) else (*steps, event.detail)
                    if event.draft:
                        turn, drafted = replace(answered(bare, event.draft), state="running"), True
                elif isinstance(event, Delta):
                    grown = bare if drafted else turn
                    turn, drafted = replace(grown, text=grown.text + event.text), False
                else:
                    turn = answered(turn, event)
                yield Progress(turn, steps)
    except PaperchatError as error:
        yield Progress(replace(turn, state="failed", error=str(error)), steps)
    except Exception as error:
        log.exception("a question failed")
        sentence = f"an unexpected fault ({type(error).__name__}); the server's log has the details"
        yield Progress(replace(turn, state="failed", error=sentence), steps)


# --- how it looks


_LABELS = {"since": "from", "until": "until", "min_authors": "at least", "max_authors": "at most", "source": "in"}


def _chip(name: str, value: object, lead: str = "") -> str:
    shown = date_text(str(value)) if name in ("since", "until") else str(value)
    ends = " authors" if name.endswith("authors") else ""
    text = f"{_LABELS.get(name, 'by')} {shown}{ends}"
    return (
        f'<button type="button" class="pc-chip" data-action="unfilter" data-name="{name}" aria-label="Remove the filter: {escape(text)}">'
        f"{escape(lead + text)}{icon('close')}</button>"
    )


def chips_html(applied: Filters) -> str:
    """The filters that were applied, implied ones included, each removable."""
    chips = [_chip(name, value) for name in FILTER_NAMES if (value := getattr(applied, name, None)) is not None]
    return f'<div class="pc-chips"><span>Only papers</span>{"".join(chips)}</div>' if chips else ""


def next_steps_html(turn: Turn) -> str:
    """Where an answer that the corpus does not hold leads on: without a filter, to the nearest topic, to adding papers."""
    if not turn.abstained or turn.state != "done":
        return ""
    steps = [_chip(name, value, "Drop the filter: ") for name in FILTER_NAMES if (value := getattr(turn.applied, name, None)) is not None]
    if turn.topic:
        steps.append(example_button(f"Which papers are about {inside(turn.topic)}?", css="pc-step"))
    steps.append('<button type="button" class="pc-step" data-action="add">Add papers on this</button>')
    return f'<div class="pc-next"><span>You could</span>{"".join(steps)}</div>'


def _steps_html(steps: Sequence[str]) -> str:
    items = "".join(f'<li class="{"now" if at == len(steps) - 1 else "past"}">{escape(step)}</li>' for at, step in enumerate(steps))
    return f'<ol class="pc-steps" role="status">{items or "<li class=now>reading the question</li>"}</ol>'


def link_of(turn: Turn) -> str:
    """The query string that asks this question again, with the filters set by hand."""
    given = {name: value for name in FILTER_NAMES if (value := getattr(turn.given, name, None)) is not None}
    return "?" + urlencode({"q": turn.asked, **given})


def _rating_html(turn: Turn) -> str:
    buttons = button("like", "Good answer", "rate", pressed=turn.rating > 0, value=1)
    buttons += button("dislike", "Poor answer", "rate", pressed=turn.rating < 0, value=-1)
    if not turn.rating:
        return buttons
    if turn.word:
        return f'{buttons}<span class="pc-thanks" role="status">Thank you for “{escape(turn.word)}”</span>'
    label = "What was good, or missing? (optional)"
    return (
        f'{buttons}<form class="pc-word" data-value="{turn.rating}"><input name="word" maxlength="1000" aria-label="{label}" '
        f'placeholder="{label}" autocomplete="off"><button type="submit">Send</button></form>'
    )


def _footer_html(turn: Turn) -> str:
    actions = button("copy", "Copy the answer", "copy") + button("retry", "Ask again", "retry")
    actions += button("link", "Copy a link to this question", "link")
    if turn.state == "done":
        actions += _rating_html(turn)
    count = len(turn.sources)
    if count:
        actions += button("sources", "Show the sources", "sources", text=f"{count} source{'' if count == 1 else 's'}")
    elif turn.abstained and turn.near:
        actions += button("sources", "Show the closest papers", "sources", text="Closest papers")
    return f'<div class="pc-actions">{actions}</div>'


def turn_html(turn: Turn, at: int, steps: Sequence[str], quiet: bool) -> str:
    """One question with its answer, its account and its buttons."""
    body = answer_html(turn.text, turn.titles) if turn.text else ""
    parts = [f'<div class="pc-answer{" pc-abstained" if turn.abstained else ""}">{body}</div>']
    if turn.state == "running":
        parts.insert(0, _steps_html(steps))
    else:
        if turn.state == "stopped":
            parts.append('<p class="pc-fault">Stopped.</p>')
        if turn.error:
            parts.append(f'<p class="pc-fault" role="alert">{escape(turn.error)}. The conversation is kept; ask again any time.</p>')
        if turn.account and turn.intent == "papers":
            parts.append(f'<p class="pc-account">{escape(dates_in_words(turn.account))}.</p>')
        if turn.notice and not (quiet and turn.writer == "extractive"):
            parts.append(f'<p class="pc-account">{escape(turn.notice)}.</p>')
        parts += [next_steps_html(turn), _footer_html(turn)]
    edit = button("edit", "Edit the question", "edit")
    kept = f'data-state="{escape(turn.state)}" data-answer="{escape(turn.answer_id)}" data-link="{escape(link_of(turn))}"'
    return (
        f'<article class="pc-turn" data-turn="{at}" {kept} aria-label="Question {at + 1}"><div class="pc-question">'
        f'<h2 class="pc-asked">{escape(turn.question)}</h2>{edit}</div>{chips_html(turn.applied)}{"".join(parts)}</article>'
    )


def transcript_html(turns: Sequence[Turn], steps: Sequence[str] = (), quiet: bool = False) -> str:
    """The conversation; `quiet` leaves out the notice of extractive answers, where the page gives it once for all."""
    return "".join(turn_html(turn, at, steps, quiet) for at, turn in enumerate(turns))


def _listed(conversation: Conversation, current: str) -> str:
    title, name = escape(conversation.title), escape(conversation.conversation_id)
    here = ' aria-current="true"' if conversation.conversation_id == current else ""
    start = '<button type="button" class="pc-act pc-quiet" data-action'
    return (
        f'<li data-id="{name}"><button type="button" class="pc-open" data-action="open" data-id="{name}" title="{title}"{here}>'
        f"{title}</button>"
        f'{start}="rename" data-id="{name}" aria-label="Rename: {title}" title="Rename">{icon("pencil")}</button>'
        f'{start}="delete" data-id="{name}" aria-label="Delete: {title}" title="Delete">{icon("close")}</button></li>'
    )


def listing_html(memory: Memory) -> str:
    """The conversations that this browser keeps, to open, rename, delete and export."""
    items = "".join(_listed(conversation, memory.current) for conversation in memory.conversations)
    listed = f'<ul class="pc-chats">{items}</ul>' if items else '<p class="pc-none">Your conversations stay in this browser.</p>'
    head = '<h2><button type="button" class="pc-toggle" data-action="chats">Conversations</button></h2>'
    start = '<button type="button" class="pc-link" data-action="export-all"'
    export = (
        f'<p class="pc-links pc-all">Export all {start} data-kind="markdown">Markdown</button>{start} data-kind="json">JSON</button></p>'
    )
    return f'<nav aria-label="Conversations">{head}{listed}{export if items else ""}</nav>'


def scope_html(conversation: Conversation) -> str:
    """The chip that says which papers a conversation is about, and takes the restriction off."""
    if not conversation.papers:
        return ""
    text = escape(conversation.about)
    label = escape(f"Ask about all papers, not only {conversation.about}")
    return (
        f'<div class="pc-chips"><span>Only</span><button type="button" class="pc-chip" data-action="everything" aria-label="{label}">'
        f"{text}{icon('close')}</button></div>"
    )
