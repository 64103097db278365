"""The chat page: its layout, and which event calls what. The work is done in the modules beside this one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr
import gradio.events

from rag import Assistant, Config, PaperchatError
from ui.page.about import about_html, notice_html
from ui.page.access import Access
from ui.page.api import endpoints
from ui.page.corpus_tab import CorpusTab
from ui.page.export import memory_file, papers_file, turn_file
from ui.page.feedback import Feedback
from ui.page.handlers import Chat, Look, given_filters, whole
from ui.page.map_tab import MapTab
from ui.page.parts import Shared, brand, drawn, filter_controls, named, said
from ui.page.turn import MAX_QUESTION, memory_of, new_turn, stored
from ui.page.visitors import Presence
from ui.page.welcome import topics_html
from ui.topics import Cartographer

_FILES_KEPT = (3_600, 3_600)
"""Seconds between looks for uploaded files that nobody added, and their age; what is left goes when the page ends."""

QUESTIONS = 24
"""Questions answered on the page at the same time; others wait their turn."""

CALLS = 16
"""Calls of the API answered at the same time."""

WAITING = 200
"""Questions and calls that may wait; what each brings along is held until it is its turn."""

_MOST_CHOSEN = 10_000


def _sentences(error: PaperchatError) -> Exception:
    return gr.Error(escape(str(error), quote=False), print_exception=False, duration=12)  # Gradio shows it as HTML


class Page:
    """The parts of one page and their events. Holds components, no user's values."""

    def __init__(self, config: Config, access: Access, opened: Callable[[], Assistant], cartographer: Cartographer) -> None:
        self.opened, self.config, self.access = opened, config, access
        self.chat = Chat(opened, Feedback(config.home / "feedback.sqlite"), not config.llm_model, cartographer)
        self.corpus = CorpusTab(access.uploads, opened, cartographer)
        self.maps = MapTab(opened, cartographer)
        self.memory = gr.BrowserState({}, storage_key="paperchat", secret="paperchat-conversations")
        self.draft, self.linked = gr.State(), gr.State()

    # --- layout

    def lay_out(self) -> None:
        self.header = gr.HTML(brand(), elem_id="pc-header", apply_default_css=False)
        with gr.Tabs(elem_id="pc-tabs", selected="chat") as self.tabs:
            with gr.Tab("Chat", id="chat"), gr.Row(elem_id="pc-chat", equal_height=False):
                self._chat_tab()
            self.corpus.lay_out()
            self.maps.lay_out()
        self.bar = drawn("pc-bar", f'<div class="pc-bar" data-edits="{int(self.access.uploads)}" hidden></div>')
        self.files = gr.HTML("", elem_id="pc-files", html_template="", js_on_load="window.Paperchat.saver(props, watch)")
        gr.HTML(about_html(self.config, self.access), elem_id="pc-more", apply_default_css=False)

    def _chat_tab(self) -> None:
        with gr.Column(elem_id="pc-side", min_width=0, scale=0):
            self.new = gr.Button("New chat", elem_id="pc-new", size="md")
            self.listing = drawn("pc-listing")
        with gr.Column(elem_id="pc-talk", min_width=0, scale=1):
            self.transcript = drawn("pc-transcript", '<p class="pc-none" role="status">Opening the papers …</p>')
            self.topics = drawn("pc-held")
            with gr.Column(elem_id="pc-composer"):
                self.scope = drawn("pc-scope")
                self.question = gr.Textbox(
                    placeholder="Ask the papers", label="Question", show_label=False, lines=1, max_lines=8, max_length=MAX_QUESTION,
                    submit_btn="Ask", elem_id="pc-question", container=False, autofocus=True,
                )  # fmt: skip
                with gr.Accordion("Filters", open=False, elem_id="pc-filters"), gr.Row():
                    self.filters = filter_controls()
                gr.HTML(notice_html(self.config), apply_default_css=False)
        with gr.Column(elem_id="pc-aside", min_width=0, scale=0):
            self.panel = drawn("pc-sources")

    # --- events of the chat

    def wire(self, page: gr.Blocks) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        controls = list(self.filters.values())
        self.parts = [self.transcript, self.panel, self.listing, self.scope, self.memory, self.draft, self.question, *controls]
        elsewhere = [self.tabs, self.corpus.paper]
        asking: dict[str, Any] = {**private, "concurrency_limit": QUESTIONS, "concurrency_id": "questions"}
        kept = [self.memory, *controls]
        loaded = page.load(self.on_load, [self.memory], [*self.parts, *elsewhere, self.linked], **private, concurrency_limit=QUESTIONS)
        runs = [
            loaded.then(self.on_link, [self.memory, self.linked], self.parts, **asking),
            self.question.submit(self.on_ask, [self.question, *kept], self.parts, **asking),
            self.transcript.act(self.on_act, kept, self.parts, **asking),
            self.topics.act(self.on_act, kept, self.parts, **asking),
        ]
        plain: dict[str, Any] = {**private, "outputs": self.parts, "concurrency_limit": QUESTIONS}
        self.question.stop(self.on_stop, [self.memory, self.draft], cancels=runs, **plain)
        self.new.click(self.on_new, [self.memory], cancels=runs, **plain).then(None, js="() => window.Paperchat.focus()")
        self.listing.act(
            self.on_listing, [self.memory], [*self.parts, self.files], cancels=runs, **{**private, "concurrency_limit": QUESTIONS}
        )
        self.scope.act(self.on_everything, [self.memory], **plain)
        quiet: dict[str, Any] = {**private, "concurrency_limit": QUESTIONS}
        loaded.then(self.on_topics, None, [self.topics], **quiet)
        self._wire_panel(private)
        shared = Shared(self.tabs, self.header, self.memory, self.bar)
        self.corpus.wire(page, shared, quiet)
        self.maps.wire(self.memory, quiet)
        self._wire_bar(asking)

    def _wire_panel(self, private: dict[str, Any]) -> None:
        self.panel.act(self.on_export, [self.memory], [self.files], **private)
        self.transcript.look(self.on_look, [self.memory], [self.panel], **private)
        self.transcript.rate(self.on_rate, [self.memory], [self.transcript, self.memory], **private)

    def _wire_bar(self, asking: dict[str, Any]) -> None:
        corpus = self.corpus
        changed = [self.tabs, corpus.paper, corpus.topic, corpus.table, corpus.view, corpus.undoing, self.header, self.files]
        changed += [corpus.report] if self.access.uploads else []
        self.bar.act(self.on_bar, [self.memory, corpus.view], [*self.parts, *changed], **asking)

    def _drawn(self, look: Look) -> dict[Any, Any]:
        """The parts of the page that a look changes."""
        shown: dict[Any, Any] = {}
        parts = (self.transcript, self.panel, self.listing, self.scope, self.memory)
        for part, value in zip(parts, (look.transcript, look.panel, look.listing, look.scope, look.memory), strict=True):
            if value is not None:
                shown[part] = value
        if look.draft is not None or look.running is False:
            shown[self.draft] = look.draft
        if look.running is not None:
            shown[self.question] = gr.update(submit_btn=False if look.running else "Ask", stop_btn="Stop" if look.running else False)
        if look.filters is not None:
            shown |= {control: getattr(look.filters, name) for name, control in self.filters.items()}
        return shown

    def _streamed(self, looks: Iterator[Look]) -> Iterator[dict[Any, Any]]:
        try:
            for look in looks:
                yield self._drawn(look)
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_load(self, kept: Any, request: gr.Request) -> dict[Any, Any]:
        """The conversation that was open, or what a link names: a paper; a question, asked next; a `draft` of one, filled in.

        Drawn once: of a handler that yields, Gradio sends the last view again when it ends, over a question asked meanwhile.
        The box keeps its buttons: a question may have been asked before the page was drawn.
        """
        asked = dict(request.query_params)
        try:
            draft = asked.get("draft", "").strip()[:MAX_QUESTION]
            choices = gr.update(choices=self.opened().index.lexical.organisations(), value=(draft and asked.get("organisation")) or None)
            extra = {self.filters["organisation"]: choices}
            if paper := asked.get("paper", ""):
                extra |= self.corpus.show(paper[:500])
            if draft:
                values = {control: asked.get(name, "") for name, control in self.filters.items() if name != "organisation"}
                extra |= {self.question: gr.update(value=draft), **values}
            if asked.get("q", "").strip():
                return {self.linked: asked, **extra}
            shown = self._drawn(self.chat.shown(memory_of(kept)))
            shown.pop(self.question, None)
            return {**shown, **extra}
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_link(self, kept: Any, asked: dict[str, str] | None) -> Iterator[dict[Any, Any]]:
        """The question of a link, in a conversation of its own."""
        if not asked:
            yield gr.skip()
            return
        given = given_filters({name: asked.get(name) for name in self.filters})
        turn = new_turn(asked["q"].strip()[:MAX_QUESTION], given)
        yield from self._streamed(self.chat.ask(stored(replace(memory_of(kept), current="")), turn))

    def on_topics(self) -> str:
        """What the papers are about, once the map is there: the page does not wait for it."""
        try:
            return topics_html(self.chat.cartographer.atlas(self.opened()))
        except PaperchatError:
            return ""  # whoever asks is told

    def on_ask(self, question: str, kept: Any, *values: str | None) -> Iterator[dict[Any, Any]]:
        question = question if isinstance(question, str) else ""
        if len(question.strip()) > MAX_QUESTION:
            raise gr.Error(f"the question has {len(question):,} characters; shorten it to {MAX_QUESTION:,}", print_exception=False)
        if not question.strip():
            yield gr.skip()
            return
        given = given_filters(named(self.filters, values))
        for at, shown in enumerate(self._streamed(self.chat.ask(kept, new_turn(question.strip(), given)))):
            if at < 2:  # the first view may never be drawn
                shown[self.question] = gr.update(value="", submit_btn=False, stop_btn="Stop")
            yield shown

    def on_act(self, event: gr.EventData, kept: Any, *values: str | None) -> Iterator[dict[Any, Any]]:
        yield from self._streamed(self.chat.act(kept, said(event), given_filters(named(self.filters, values))))

    def on_stop(self, kept: Any, draft: Any) -> dict[Any, Any]:
        return self._drawn(self.chat.stop(kept, draft))

    def on_new(self, kept: Any) -> dict[Any, Any]:
        return self._drawn(self.chat.shown(replace(memory_of(kept), current="")))

    def on_everything(self, kept: Any) -> dict[Any, Any]:
        """The conversation is about all papers again."""
        return self._drawn(self.chat.about(kept, ()))

    def on_listing(self, kept: Any, event: gr.EventData) -> dict[Any, Any]:
        action = said(event)
        if action.get("action") == "export-all":
            return {self.files: memory_file(memory_of(kept), str(action.get("kind", "")))}
        return self._drawn(self.chat.listed(kept, action))

    def on_look(self, kept: Any, event: gr.EventData) -> str:
        return str(self.chat.sources(kept, whole(said(event), "turn", -1), whole(said(event), "number", 0)).panel)

    def on_rate(self, kept: Any, event: gr.EventData) -> dict[Any, Any]:
        try:
            return self._drawn(self.chat.rate(kept, said(event))) or gr.skip()
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_export(self, kept: Any, event: gr.EventData) -> Any:
        """The cited papers of an answer as a file."""
        turns, at = memory_of(kept).turns, whole(said(event), "turn", -1)
        return turn_file(self.opened(), turns[at], str(said(event).get("kind", ""))) if 0 <= at < len(turns) else gr.skip()

    def on_bar(self, kept: Any, view: Any, event: gr.EventData) -> Iterator[dict[Any, Any]]:
        """What is done with papers, wherever they were chosen: read, ask about, compare, export, remove; or a topic's papers."""
        action, given = said(event).get("action"), said(event).get("papers")
        ids = [str(paper)[:500] for paper in given[:_MOST_CHOSEN]] if isinstance(given, list) else []
        try:
            if action == "paper" and ids:
                yield self.corpus.show(ids[0])
            elif action == "topic":
                yield self.corpus.show_topic(whole(said(event), "topic", -1)) or gr.skip()
            elif action == "export-chosen":
                yield {self.files: papers_file(self.opened(), ids)}
            elif action == "remove":
                yield self.corpus.remove(ids, view) or gr.skip()
            elif action == "compare":
                for at, shown in enumerate(self._streamed(self.chat.compare(kept, ids))):
                    yield {**({self.tabs: gr.Tabs(selected="chat")} if at == 0 else {}), **shown}
            elif action == "about" and ids:
                yield {self.tabs: gr.Tabs(selected="chat"), **self._drawn(self.chat.about(kept, ids))}
            else:
                yield gr.skip()
        except PaperchatError as error:
            raise _sentences(error) from None


def build(
    config: Config,
    access: Access,
    opened: Callable[[], Assistant],
    cartographer: Cartographer | None = None,
    presence: Presence | None = None,
) -> gr.Blocks:
    """The page as Gradio blocks, its endpoints `/ask` and `/search` included. `opened` waits for the assistant."""
    blocks: gr.Blocks
    with gr.Blocks(title="Paperchat", analytics_enabled=False, fill_width=True, delete_cache=_FILES_KEPT) as blocks:
        page = Page(config, access, opened, cartographer or Cartographer(config.home / "map.json"))
        page.lay_out()
        page.wire(blocks)
        ask, search = endpoints(opened, presence or Presence())
        for function, name in ((ask, "ask"), (search, "search")):
            gradio.events.api(function, api_name=name, concurrency_limit=CALLS)
    blocks.queue(default_concurrency_limit=CALLS, max_size=WAITING)
    return blocks
