"""The map tab: where the papers lie, and their topics over time."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag import Assistant
from ui.page.map import legend_html, map_plot, papers_of, time_note, time_plot
from ui.page.parts import drawn
from ui.page.turn import memory_of
from ui.topics import Cartographer

_MOUNT = "window.Paperchat.plots()"


class MapTab:
    """Holds components, no user's values."""

    def __init__(self, opened: Callable[[], Assistant], cartographer: Cartographer) -> None:
        self.opened, self.cartographer = opened, cartographer

    def lay_out(self) -> None:
        with gr.Tab("Map", id="map") as self.tab, gr.Column(elem_id="pc-maps"):
            self.legend = drawn("pc-legend", '<p class="pc-none" role="status">Drawing the map …</p>')
            self.plot = gr.Plot(show_label=False, container=False, elem_id="pc-map")
            gr.HTML('<h2 class="pc-section">Topics over time</h2>', apply_default_css=False)
            self.note = drawn("pc-time-note")
            self.time = gr.Plot(show_label=False, container=False, elem_id="pc-time")

    def wire(self, memory: Any, quiet: dict[str, Any]) -> None:
        parts = [self.legend, self.plot, self.note, self.time]
        self.tab.select(self.on_open, [memory], parts, **quiet).then(None, js=f"() => {_MOUNT}")

    def on_open(self, kept: Any) -> tuple[Any, ...]:
        """The map, with rings around what the last answer cited, and the topics over time."""
        assistant, turns = self.opened(), memory_of(kept).turns
        atlas = self.cartographer.atlas(assistant)
        papers = papers_of(assistant, atlas)
        cited = {source.paper_id for source in turns[-1].sources} & set(papers) if turns else set()
        return legend_html(atlas, len(cited)), map_plot(atlas, papers, cited), time_note(atlas, papers), time_plot(atlas, papers)
