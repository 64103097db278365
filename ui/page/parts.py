"""Parts that several tabs of the page are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from rag import Filters

_MOUNT = "window.Paperchat.mount(element, trigger, props, watch, ['act', 'look', 'rate'])"
_TEXTS = {"author": ("Author", "a name, or part of it"), "venue": ("Venue", "e.g. ICLR"), "source": ("Source", "file name")}


def drawn(name: str, value: str = "") -> Any:
    """A part that the server draws; its buttons report as the events `act`, `look` and `rate`."""
    return gr.HTML(value, elem_id=name, js_on_load=_MOUNT, apply_default_css=False, padding=False)


def filter_controls() -> dict[str, Any]:
    """A control for each filter that people set by hand, by the filter's name."""
    dates: dict[str, Any] = {"placeholder": "YYYY-MM-DD", "max_lines": 1, "max_length": 10, "min_width": 110}
    held = {field.name for field in fields(Filters)}
    controls: dict[str, Any] = {
        "since": gr.Textbox(label="From", **dates),
        "until": gr.Textbox(label="Until", **dates),
        "organisation": gr.Dropdown([], label="Organisation", value=None, allow_custom_value=True, min_width=150),
    }
    for name, (label, hint) in _TEXTS.items():
        if name in held:
            controls[name] = gr.Textbox(label=label, placeholder=hint, max_lines=1, max_length=300, min_width=130)
    return controls


def said(event: gr.EventData) -> dict[str, Any]:
    """What an event of the page's script says; nothing where it is no object."""
    data = getattr(event, "_data", None)
    return data if isinstance(data, dict) else {}


def named(controls: Mapping[str, Any], values: Sequence[str | None]) -> dict[str, str | None]:
    """The controls' values by name."""
    return dict(zip(controls, values, strict=True))


@dataclass(frozen=True, slots=True)
class Shared:
    """Components that more than one tab uses."""

    tabs: Any
    header: Any
    memory: Any
    bar: Any


def brand(count: int | None = None) -> str:
    """The page's head: its name, how much it holds, and the way to what it is."""
    held = f"<span>{count:,} papers</span>" if count is not None else ""
    about = '<button type="button" class="pc-link pc-about" data-action="open-about">About</button>'
    return f'<header class="pc-brand"><strong>Paperchat</strong>{held}{about}</header>'
