"""The chat page: its layout, and which event calls what. The work is done in the page_* modules."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.events

from rag import Assistant, Config, PaperchatError
from ui.page_api import endpoints
from ui.page_corpus import MAX_PAGES, ORDERS, View, add_files, adding_html, paper_html, table_html
from ui.page_feedback import Feedback
from ui.page_handlers import MAX_QUESTION, Chat, Look, given_filters
from ui.page_map import Cartographer, by_year, map_html, time_html
from ui.page_serve import Access
from ui.page_turn import Memory, memory_of, new_turn

_STATIC = Path(__file__).parent / "static"
_MOUNT = "window.Paperchat.mount(element, trigger, props, watch, ['act', 'look', 'rate'])"
_NO_MODEL = "No language model is set: answers quote the abstracts. PAPERCHAT_LLM_MODEL sets one."
_KINDS = [".txt", ".jsonl", ".json", ".ndjson", ".gz", ".zip", ".csv", ".tsv", ".bib", ".ris"]
QUESTIONS = 24
"""Questions answered on the page at the same time; others wait their turn."""

CALLS = 16
"""Calls of the API answered at the same time."""


def looks() -> dict[str, Any]:
    """Theme, style and script for `launch`: fonts of the system, nothing from outside."""
    fonts = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
    mono = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="slate", radius_size="md", font=fonts, font_mono=mono)
    script = (_STATIC / "page.js").read_text(encoding="utf-8")
    return {"theme": theme, "css": (_STATIC / "page.css").read_text(encoding="utf-8"), "head": f"<script>{script}</script>"}


def _html(name: str, value: str = "") -> Any:
    """A part that the server draws and whose buttons report as the event `act`."""
    return gr.HTML(value, elem_id=name, js_on_load=_MOUNT, apply_default_css=False, padding=False)


def _sentences(error: PaperchatError) -> Exception:
    return gr.Error(str(error), print_exception=False, duration=12)


class Page:
    """The parts of one page and their events. Holds components, no user's values."""

    def __init__(self, config: Config, access: Access, opened: Callable[[], Assistant]) -> None:
        self.opened = opened
        self.notice = "" if config.llm_model else _NO_MODEL
        self.chat = Chat(opened, Feedback(config.home / "feedback.sqlite"), not config.llm_model)
        self.cartographer = Cartographer()
        self.uploads = access.uploads
        self.memory = gr.BrowserState({}, storage_key="paperchat", secret="paperchat-conversations")
        self.draft = gr.State()
        self.view = gr.State(View())

    # --- layout

    def lay_out(self) -> None:
        self.header = gr.HTML('<header class="pc-brand"><strong>Paperchat</strong></header>', elem_id="pc-header", apply_default_css=False)
        with gr.Tabs(elem_id="pc-tabs", selected="chat") as self.tabs:
            with gr.Tab("Chat", id="chat"), gr.Row(elem_id="pc-chat", equal_height=False):
                self._chat_tab()
            with gr.Tab("Corpus", id="corpus") as self.corpus_tab:
                self._corpus_tab()
            with gr.Tab("Pictures", id="pictures") as self.picture_tab:
                gr.HTML('<h2 class="pc-section">Topics</h2>', apply_default_css=False)
                self.topic_map = _html("pc-topics", '<p class="pc-none" role="status">Drawing the map …</p>')
                gr.HTML('<h2 class="pc-section">Papers over time</h2>', apply_default_css=False)
                self.over_time = _html("pc-over-time")

    def _chat_tab(self) -> None:
        with gr.Column(elem_id="pc-side", min_width=0, scale=0):
            self.new = gr.Button("New chat", elem_id="pc-new", size="md")
            self.listing = _html("pc-listing")
        with gr.Column(elem_id="pc-talk", min_width=0, scale=1):
            self.transcript = _html("pc-transcript", '<p class="pc-none" role="status">Opening the papers …</p>')
            with gr.Column(elem_id="pc-composer"):
                self.question = gr.Textbox(
                    placeholder="Ask the papers", label="Question", show_label=False, lines=1, max_lines=8, max_length=MAX_QUESTION,
                    submit_btn="Ask", elem_id="pc-question", container=False, autofocus=True,
                )  # fmt: skip
                with gr.Accordion("Filters", open=False, elem_id="pc-filters"), gr.Row():
                    self.filters = _filter_controls()
                gr.HTML(f'<p id="pc-notice">{self.notice}</p>' if self.notice else "", apply_default_css=False)
        with gr.Column(elem_id="pc-aside", min_width=0, scale=0):
            self.panel = _html("pc-sources")
            self.files = gr.HTML("", elem_id="pc-files", html_template="", js_on_load="window.Paperchat.saver(props, watch)")

    def _corpus_tab(self) -> None:
        with gr.Row(elem_id="pc-find"):
            self.words = gr.Textbox(label="Search titles and abstracts", placeholder="all of these words", max_lines=1, max_length=500, scale=3)
            self.order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=140, scale=1)
            self.narrowed = _filter_controls()
        with gr.Row(elem_id="pc-corpus", equal_height=False):
            with gr.Column(scale=3, min_width=320):
                self.table = _html("pc-table")
            with gr.Column(scale=2, min_width=320):
                self.paper = _html("pc-paper", '<p class="pc-none">Choose a paper to read its abstract and see its nearest neighbours.</p>')
        if self.uploads:
            with gr.Accordion("Add papers", open=False, elem_id="pc-add"):
                self.upload = gr.File(label="Saved listing pages, JSONL, BibTeX, RIS, CSV", file_count="multiple", file_types=_KINDS, height=140)
                self.add = gr.Button("Add to the corpus", variant="primary", interactive=False)
                self.report = _html("pc-report")

    # --- events of the chat

    def wire(self, page: gr.Blocks) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        parts = [self.transcript, self.panel, self.listing, self.memory, self.draft, self.question, *self.filters]
        asking: dict[str, Any] = {**private, "outputs": parts, "concurrency_limit": QUESTIONS, "concurrency_id": "questions"}
        kept = [self.memory, *self.filters]
        runs = [
            page.load(self.on_load, [self.memory], **asking),
            self.question.submit(self.on_ask, [self.question, *kept], **asking),
            self.transcript.act(self.on_act, kept, **asking),
        ]
        plain: dict[str, Any] = {**private, "outputs": parts, "concurrency_limit": QUESTIONS}
        self.question.stop(self.on_stop, [self.memory, self.draft], cancels=runs, **plain)
        self.new.click(self.on_new, [self.memory], cancels=runs, **plain).then(None, js="() => window.Paperchat.focus()")
        self.listing.act(self.on_listing, [self.memory], cancels=runs, **plain)
        self._wire_panel(private)
        self._wire_corpus(page, private)

    def _wire_panel(self, private: dict[str, Any]) -> None:
        there = [self.panel, self.files, self.tabs, self.paper]
        self.panel.act(self.on_panel, [self.memory], there, **private)
        self.transcript.look(self.on_look, [self.memory], [self.panel], **private)
        self.transcript.rate(self.on_rate, [self.memory], [self.transcript, self.memory], **private)

    def _drawn(self, look: Look) -> dict[Any, Any]:
        """The parts of the page that a look changes."""
        shown: dict[Any, Any] = {}
        for part, value in ((self.transcript, look.transcript), (self.panel, look.panel), (self.listing, look.listing), (self.memory, look.memory)):
            if value is not None:
                shown[part] = value
        if look.draft is not None or look.running is False:
            shown[self.draft] = look.draft
        if look.running is not None:
            shown[self.question] = gr.update(submit_btn=False if look.running else "Ask", stop_btn="Stop" if look.running else False)
        if look.filters is not None:
            values = (look.filters.since, look.filters.until, look.filters.organisation, look.filters.source)
            shown |= {part: value for part, value in zip(self.filters, values, strict=True)}
        return shown

    def _streamed(self, looks: Iterator[Look]) -> Iterator[dict[Any, Any]]:
        try:
            for look in looks:
                yield self._drawn(look)
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_load(self, kept: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The conversation that was open, or the question of a link."""
        asked = dict(request.query_params)
        controls = self._choices()
        if question := asked.get("q", "").strip()[:MAX_QUESTION]:
            given = given_filters(asked.get("since", ""), asked.get("until", ""), asked.get("organisation"), asked.get("source"))
            memory = replace(memory_of(kept), current="")
            for at, shown in enumerate(self._streamed(self.chat.ask(_kept(memory), new_turn(question, given)))):
                yield {**(controls if at == 0 else {}), **shown}
            return
        try:
            yield {**controls, **self._drawn(self.chat.shown(memory_of(kept)))}
        except PaperchatError as error:
            raise _sentences(error) from None

    def _choices(self) -> dict[Any, Any]:
        """The organisations that the filters offer."""
        try:
            return {self.filters[2]: gr.update(choices=self.opened().index.lexical.organisations())}
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_ask(self, question: str, kept: Any, *controls: str | None) -> Iterator[dict[Any, Any]]:
        if not question.strip():
            yield {}
            return
        given = given_filters(*_texts(controls))
        for at, shown in enumerate(self._streamed(self.chat.ask(kept, new_turn(question.strip(), given)))):
            if at == 0:
                shown[self.question] = gr.update(value="", submit_btn=False, stop_btn="Stop")
            yield shown

    def on_act(self, kept: Any, since: str, until: str, organisation: str | None, source: str | None, event: gr.EventData) -> Iterator[dict[Any, Any]]:
        yield from self._streamed(self.chat.act(kept, event._data, given_filters(since, until, organisation, source)))

    def on_stop(self, kept: Any, draft: Any) -> dict[Any, Any]:
        return self._drawn(self.chat.stop(kept, draft))

    def on_new(self, kept: Any) -> dict[Any, Any]:
        return self._drawn(self.chat.shown(replace(memory_of(kept), current="")))

    def on_listing(self, kept: Any, event: gr.EventData) -> dict[Any, Any]:
        memory, name = memory_of(kept), str(event._data.get("id", ""))
        deleted = event._data.get("action") == "delete"
        return self._drawn(self.chat.shown(memory.without(name) if deleted else memory.opened(name)))

    def on_look(self, kept: Any, event: gr.EventData) -> str:
        return str(self.chat.sources(kept, int(event._data.get("turn", -1)), int(event._data.get("number", 0))).panel)

    def on_rate(self, kept: Any, event: gr.EventData) -> dict[Any, Any]:
        try:
            return self._drawn(self.chat.rate(kept, event._data))
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_panel(self, kept: Any, event: gr.EventData) -> dict[Any, Any]:
        """Export the cited papers, or show one in the corpus."""
        if event._data.get("action") == "paper":
            return {self.tabs: gr.Tabs(selected="corpus"), self.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}
        return {self.files: self.chat.export(kept, int(event._data.get("turn", -1)), str(event._data.get("kind", "")))}

    # --- events of the corpus and the pictures

    def _wire_corpus(self, page: gr.Blocks, private: dict[str, Any]) -> None:
        quiet: dict[str, Any] = {**private, "concurrency_limit": QUESTIONS}
        controls = [self.words, self.order, *self.narrowed]
        shown = [self.table, self.view]
        for control in controls:
            control.change(self.on_find, controls, shown, trigger_mode="always_last", **quiet)
        self.corpus_tab.select(self.on_find, controls, shown, **quiet)
        self.table.act(self.on_table, [self.view], [self.table, self.view, self.paper, self.order], **quiet)
        self.paper.act(self.on_paper, None, [self.paper, self.tabs, self.question], **quiet)
        self.picture_tab.select(self.on_pictures, [self.memory], [self.topic_map, self.over_time], **quiet)
        self.topic_map.act(self.on_dot, None, [self.tabs, self.paper], **quiet)
        page.load(self.on_count, None, [self.header], **quiet)
        if self.uploads:
            self.upload.change(lambda files: gr.update(interactive=bool(files)), [self.upload], [self.add], **quiet)
            adding = self.add.click(self.on_add, [self.upload], [self.report, self.upload], **{**private, "concurrency_limit": 1})
            adding.then(self.on_find, controls, shown, **quiet).then(self.on_count, None, [self.header], **quiet)

    def on_count(self) -> str:
        return f'<header class="pc-brand"><strong>Paperchat</strong><span>{len(self.opened().index):,} papers</span></header>'

    def _table(self, view: View) -> str:
        try:
            return table_html(self.opened(), view)
        except PaperchatError as error:
            return f'<p class="pc-fault" role="alert">{error}.</p>'

    def on_find(self, words: str, order: str, *controls: str | None) -> tuple[str, View]:
        key = ORDERS.get(order, "newest")
        view = View(words or "", given_filters(*_texts(controls)), key, 0)
        return self._table(view), view

    def on_table(self, view: View, event: gr.EventData) -> dict[Any, Any]:
        """Turn the page, sort by a column, or open a paper."""
        data = event._data
        if data.get("action") == "paper":
            return {self.paper: paper_html(self.opened(), str(data.get("paper", "")))}
        if data.get("action") == "sort" and data.get("order") in ORDERS.values():
            name = next(name for name, key in ORDERS.items() if key == data["order"])
            return {self.order: name}
        view = replace(view, page=min(max(int(data.get("page", 0)), 0), MAX_PAGES - 1))
        return {self.table: self._table(view), self.view: view}

    def on_paper(self, event: gr.EventData) -> dict[Any, Any]:
        """A neighbour, or a question about the paper that is shown."""
        if event._data.get("action") == "about":
            question = f"What does “{event._data.get('title', '')}” propose?"
            return {self.tabs: gr.Tabs(selected="chat"), self.question: question[:MAX_QUESTION]}
        return {self.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}

    def on_dot(self, event: gr.EventData) -> dict[Any, Any]:
        return {self.tabs: gr.Tabs(selected="corpus"), self.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}

    def on_pictures(self, kept: Any) -> tuple[str, str]:
        """The map, with the papers that the last answer cited, and the papers over time."""
        assistant, turns = self.opened(), memory_of(kept).turns
        cited = {source.paper_id for source in turns[-1].sources} if turns else set()
        counts = by_year(assistant)
        undated = len(assistant.index) - sum(count for _, count in counts)
        return map_html(self.cartographer.map(assistant), cited), time_html(counts, undated)

    def on_add(self, files: list[str] | None) -> Iterator[tuple[str, Any]]:
        for state in add_files(self.opened(), [Path(name) for name in files or ()]):
            done = state.report is not None or bool(state.error)
            yield adding_html(state), None if done else gr.skip()


def _filter_controls() -> list[Any]:
    dates: dict[str, Any] = {"placeholder": "YYYY-MM-DD", "max_lines": 1, "max_length": 10, "min_width": 110}
    return [
        gr.Textbox(label="From", **dates),
        gr.Textbox(label="Until", **dates),
        gr.Dropdown([], label="Organisation", value=None, allow_custom_value=True, min_width=150),
        gr.Textbox(label="Page or source", placeholder="file name", max_lines=1, max_length=300, min_width=150),
    ]


def _texts(controls: tuple[str | None, ...]) -> tuple[str, str, str | None, str | None]:
    since, until, organisation, source = controls
    return since or "", until or "", organisation, source


def _kept(memory: Memory) -> dict[str, Any]:
    from ui.page_turn import stored

    return stored(memory)


def build(config: Config, access: Access, opened: Callable[[], Assistant]) -> gr.Blocks:
    """The page as Gradio blocks, its endpoints `/ask` and `/search` included. `opened` waits for the assistant."""
    blocks: gr.Blocks
    with gr.Blocks(title="Paperchat", analytics_enabled=False, fill_width=True) as blocks:
        page = Page(config, access, opened)
        page.lay_out()
        page.wire(blocks)
        ask, search = endpoints(opened)
        for function, name in ((ask, "ask"), (search, "search")):
            gradio.events.api(function, api_name=name, concurrency_limit=CALLS, queue=not (access.mcp and access.login))
    blocks.queue(default_concurrency_limit=CALLS, max_size=1_000)
    return blocks
