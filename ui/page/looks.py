"""Theme, style and script of the page."""

from pathlib import Path
from typing import Any

import gradio as gr

_STATIC = Path(__file__).parent / "static"


def looks() -> dict[str, Any]:
    """Theme, style and script for `launch`: fonts of the system, nothing from outside."""
    fonts = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
    mono = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="slate", radius_size="md", font=fonts, font_mono=mono)
    script = (_STATIC / "page.js").read_text(encoding="utf-8")
    return {"theme": theme, "css": (_STATIC / "page.css").read_text(encoding="utf-8"), "head": f"<script>{script}</script>"}
