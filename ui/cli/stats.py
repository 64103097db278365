"""`paperchat stats`: how many papers are held, from where, and how much is known of them."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from corpus.names import printable
from ui.cli.add import AsJson

if TYPE_CHECKING:
    from rag.assistant import Assistant


def stats_command(open_assistant: "Callable[[], Assistant]") -> Callable[..., None]:
    """The command, for an assistant that is opened when it runs."""

    def stats(as_json: AsJson = False) -> None:
        """Show how many papers the index has, and from where. `paperchat settings` shows the settings."""
        assistant = open_assistant()
        sources: dict[str, int] = {}
        dated = titles = 0
        for paper in assistant.index.all_papers():
            dated += paper.published is not None
            titles += paper.title_only
            for source in paper.sources:
                sources[source] = sources.get(source, 0) + 1
        authored = assistant.index.lexical.authored()
        held = {
            "papers": len(assistant.index),
            "dated": dated,
            "with_authors": authored,
            "title_only": titles,
            "embedder": assistant.index.embedder.fingerprint,
            "sources": sources,
        }
        if as_json:
            print(json.dumps({**held, "settings": assistant.config.shown()}, ensure_ascii=False, indent=2, default=str))
            return
        by_title = f", {titles:,} by title only (no abstract)" if titles else ""
        print(f"{held['papers']:,} papers, {dated:,} dated, {authored:,} with authors' names{by_title}; embedder {held['embedder']}")
        for source, count in sorted(sources.items()):
            print(f"  {count:8,}  {printable(source)}")

    return stats
