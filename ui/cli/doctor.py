"""`paperchat doctor`: what works and what does not, with the fix."""

import json
from dataclasses import asdict
from typing import Annotated

import typer


def doctor(
    verify: Annotated[bool, typer.Option("--verify", help="Compare every paper of Chroma and the lexical index, however many.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: name, works, detail of each finding.")] = False,
) -> None:
    """Check the data folder, the index, the embedder and the model's endpoint, and say what to fix."""
    from corpus import printable
    from rag.config import load_config
    from rag.doctor import Finding, examine

    found: list[Finding] = []
    for finding in examine(load_config(), verify):
        found.append(finding)
        if not as_json:
            print(f"{'ok   ' if finding.works else 'fault'}  {finding.name}: {printable(finding.detail)}")
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=2))
    if not all(finding.works for finding in found):
        raise typer.Exit(1)
