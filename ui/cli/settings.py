"""`paperchat settings`: every setting, its value, its default and what it means. Light to import."""

import json
from typing import Annotated

import typer


def settings(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table of the documentation: defaults, not your values.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: setting, value, default, meaning.")] = False,
) -> None:
    """Show every setting with its value (secrets masked), default and meaning.

    All of them come from the environment; set one with `export NAME=value`.
    """
    from corpus import printable
    from rag.config import load_config, markdown_table, settings_of

    if markdown:
        return print(markdown_table(), end="")
    shown = load_config().shown()
    if as_json:
        rows = [{"setting": s.variable, "value": shown[s.name], "default": s.default, "meaning": s.meaning} for s in settings_of()]
        return print(json.dumps(rows, ensure_ascii=False, indent=2))
    for setting in settings_of():
        value, default = printable(shown[setting.name]), setting.default or "not set"
        print(f"{setting.variable} = {value}" + ("" if value in (default, "(not set)") else f"   (default: {default})"))
        print(f"    {setting.meaning}")
    return None
