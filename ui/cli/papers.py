"""The commands that change or list what is held: add, remove, list, show, export. Light to import."""

import json
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.add import AsJson, add_command

if TYPE_CHECKING:
    from rag.assistant import Assistant

    Open = Callable[[], Assistant]


def papers_commands(app: typer.Typer, open_assistant: "Open") -> None:
    """Register the commands, for an assistant that is opened when one runs."""
    app.command()(add_command(open_assistant))

    @app.command()
    def remove(paper_ids: Annotated[list[str], typer.Argument(help="Paper ids, as `paperchat list --json` shows them.")]) -> None:
        """Remove papers from the index."""
        from corpus.readers.ids import global_id

        ids = chain.from_iterable((item, global_id(item) or item) for item in paper_ids)
        print(f"{open_assistant().index.remove(ids):,} removed")

    @app.command("list")
    def list_papers(as_json: AsJson = False) -> None:
        """List every paper held, one a line (with --json: one JSON object a line)."""
        for paper in open_assistant().index.all_papers():
            told = f"{paper.published or '-':10}  {paper.title}{'  (title only)' if paper.title_only else ''}"
            print(json.dumps(asdict(paper), ensure_ascii=False) if as_json else told)

    @app.command()
    def show(
        paper: Annotated[list[str], typer.Argument(help="An id, a title or part of one, or a number of the last answer.")],
        as_json: AsJson = False,
    ) -> None:
        """Show everything that is known of a paper."""
        from ui.cli.show import as_text, found

        held = found(open_assistant(), " ".join(paper))
        print(json.dumps(asdict(held), ensure_ascii=False, indent=2) if as_json else as_text(held))

    @app.command("export")
    def export_papers(
        file: Annotated[Path, typer.Argument(help="A .jsonl, .bib, .ris, .csv, .json (CSL) or .md file to write; also with .gz.")],
    ) -> None:
        """Write every paper held to a file of the format that its name says; `paperchat add` reads it back (but for .md)."""
        from rag.export import export
        from ui.cli.progress import progress

        index = open_assistant().index
        with progress("exporting papers", len(index)) as advance:
            count = export(index, file, advance)
        print(f"{count:,} papers written to {file}")
