"""The chat page: its layout, and which event calls what. The work is done in the page_* modules."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.events

from rag import Assistant, Config, PaperchatError
from ui.page.access import Access
from ui.page.api import endpoints
from ui.page.corpus import paper_html
from ui.page.feedback import Feedback
from ui.page.handlers import MAX_QUESTION, Chat, Look, given_filters
from ui.page.tabs import Library, Shared, drawn, filter_controls, texts
from ui.page.turn import memory_of, new_turn, stored
from ui.topics import Cartographer

_STATIC = Path(__file__).parent / "static"
_NO_MODEL = "No language model is set: answers quote the abstracts. PAPERCHAT_LLM_MODEL sets one."
_FILES_KEPT = (3_600, 3_600)
"""Seconds between looks for uploaded files that nobody added, and their age; what is left goes when the page ends."""

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


def _sentences(error: PaperchatError) -> Exception:
    return gr.Error(str(error), print_exception=False, duration=12)


class Page:
    """The parts of one page and their events. Holds components, no user's values."""

    def __init__(self, config: Config, access: Access, opened: Callable[[], Assistant]) -> None:
        self.opened = opened
        self.notice = "" if config.llm_model else _NO_MODEL
        self.chat = Chat(opened, Feedback(config.home / "feedback.sqlite"), not config.llm_model)
        self.library = Library(access.uploads, opened)
        self.memory = gr.BrowserState({}, storage_key="paperchat", secret="paperchat-conversations")
        self.draft = gr.State()

    # --- layout

    def lay_out(self) -> None:
        self.header = gr.HTML('<header class="pc-brand"><strong>Paperchat</strong></header>', elem_id="pc-header", apply_default_css=False)
        with gr.Tabs(elem_id="pc-tabs", selected="chat") as self.tabs:
            with gr.Tab("Chat", id="chat"), gr.Row(elem_id="pc-chat", equal_height=False):
                self._chat_tab()
            self.library.lay_out()

    def _chat_tab(self) -> None:
        with gr.Column(elem_id="pc-side", min_width=0, scale=0):
            self.new = gr.Button("New chat", elem_id="pc-new", size="md")
            self.listing = drawn("pc-listing")
        with gr.Column(elem_id="pc-talk", min_width=0, scale=1):
            self.transcript = drawn("pc-transcript", '<p class="pc-none" role="status">Opening the papers …</p>')
            with gr.Column(elem_id="pc-composer"):
                self.question = gr.Textbox(
                    placeholder="Ask the papers", label="Question", show_label=False, lines=1, max_lines=8, max_length=MAX_QUESTION,
                    submit_btn="Ask", elem_id="pc-question", container=False, autofocus=True,
                )  # fmt: skip
                with gr.Accordion("Filters", open=False, elem_id="pc-filters"), gr.Row():
                    self.filters = filter_controls()
                gr.HTML(f'<p id="pc-notice">{self.notice}</p>' if self.notice else "", apply_default_css=False)
        with gr.Column(elem_id="pc-aside", min_width=0, scale=0):
            self.panel = drawn("pc-sources")
            self.files = gr.HTML("", elem_id="pc-files", html_template="", js_on_load="window.Paperchat.saver(props, watch)")

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
        shared = Shared(self.tabs, self.header, self.question, self.memory)
        self.library.wire(page, shared, {**private, "concurrency_limit": QUESTIONS})

    def _wire_panel(self, private: dict[str, Any]) -> None:
        there = [self.panel, self.files, self.tabs, self.library.paper]
        self.panel.act(self.on_panel, [self.memory], there, **private)
        self.transcript.look(self.on_look, [self.memory], [self.panel], **private)
        self.transcript.rate(self.on_rate, [self.memory], [self.transcript, self.memory], **private)

    def _drawn(self, look: Look) -> dict[Any, Any]:
        """The parts of the page that a look changes."""
        shown: dict[Any, Any] = {}
        parts = (self.transcript, self.panel, self.listing, self.memory)
        for part, value in zip(parts, (look.transcript, look.panel, look.listing, look.memory), strict=True):
            if value is not None:
                shown[part] = value
        if look.draft is not None or look.running is False:
            shown[self.draft] = look.draft
        if look.running is not None:
            shown[self.question] = gr.update(submit_btn=False if look.running else "Ask", stop_btn="Stop" if look.running else False)
        if look.filters is not None:
            values = (look.filters.since, look.filters.until, look.filters.organisation, look.filters.source)
            shown |= dict(zip(self.filters, values, strict=True))
        return shown

    def _streamed(self, looks: Iterator[Look]) -> Iterator[dict[Any, Any]]:
        try:
            for look in looks:
                yield self._drawn(look)
        except PaperchatError as error:
            raise _sentences(error) from None

    def on_load(self, kept: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The conversation that was open, or the question of a link: asked, or (`draft`, when the link was elsewhere) filled in."""
        asked = dict(request.query_params)
        controls = self._choices()
        if question := asked.get("q", "").strip()[:MAX_QUESTION]:
            given = given_filters(asked.get("since", ""), asked.get("until", ""), asked.get("organisation"), asked.get("source"))
            memory = replace(memory_of(kept), current="")
            for at, shown in enumerate(self._streamed(self.chat.ask(stored(memory), new_turn(question, given)))):
                yield {**(controls if at == 0 else {}), **shown}
            return
        draft = asked.get("draft", "").strip()[:MAX_QUESTION]
        try:
            filled = self._filled(draft, asked) if draft else {}
            yield {**controls, **self._drawn(self.chat.shown(memory_of(kept))), **filled}
        except PaperchatError as error:
            raise _sentences(error) from None

    def _filled(self, draft: str, asked: dict[str, str]) -> dict[Any, Any]:
        """A question and its filters, filled in."""
        values = (asked.get("since", ""), asked.get("until", ""), asked.get("organisation"), asked.get("source", ""))
        return {self.question: gr.update(value=draft), **dict(zip(self.filters, values, strict=True))}

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
        given = given_filters(*texts(controls))
        for at, shown in enumerate(self._streamed(self.chat.ask(kept, new_turn(question.strip(), given)))):
            if at == 0:
                shown[self.question] = gr.update(value="", submit_btn=False, stop_btn="Stop")
            yield shown

    def on_act(
        self, kept: Any, since: str, until: str, organisation: str | None, source: str | None, event: gr.EventData
    ) -> Iterator[dict[Any, Any]]:
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
            return {self.tabs: gr.Tabs(selected="corpus"), self.library.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}
        return {self.files: self.chat.export(kept, int(event._data.get("turn", -1)), str(event._data.get("kind", "")))}


def build(config: Config, access: Access, opened: Callable[[], Assistant], cartographer: Cartographer | None = None) -> gr.Blocks:
    """The page as Gradio blocks, its endpoints `/ask` and `/search` included. `opened` waits for the assistant."""
    blocks: gr.Blocks
    with gr.Blocks(title="Paperchat", analytics_enabled=False, fill_width=True, delete_cache=_FILES_KEPT) as blocks:
        page = Page(config, access, opened)
        page.lay_out()
        page.wire(blocks)
        ask, search = endpoints(opened)
        for function, name in ((ask, "ask"), (search, "search")):
            gradio.events.api(function, api_name=name, concurrency_limit=CALLS)
    blocks.queue(default_concurrency_limit=CALLS, max_size=1_000)
    return blocks
