"""`paperchat exam`: what the model that is set can do, found out anew."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer


def exam(
    model: Annotated[str | None, typer.Option(help="Language model, in place of PAPERCHAT_LLM_MODEL.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Its endpoint, in place of OPENAI_BASE_URL.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: what the model may do, and its marks.")] = False,
) -> None:
    """Repeat the short exam that tells what the language model is trusted with; takes a minute at most.

    What its endpoint was found to refuse or to cut off is found out anew, too.
    """
    from rag.config import load_config
    from rag.errors import ConfigError
    from rag.generation.exam import Examiner
    from rag.llm import Model

    given = {"llm_model": model, "openai_base_url": base_url}
    config = load_config(**{name: value for name, value in given.items() if value})
    if not config.llm_model:
        raise ConfigError("PAPERCHAT_LLM_MODEL is not set, so there is no model to examine; set it, or use --model")
    print(f"examining {config.llm_model}: a minute at most", file=sys.stderr)
    asked = Model(config)
    asked.dialect.forget()
    standing = Examiner(asked).take()
    if as_json:
        print(json.dumps(asdict(standing), indent=2))
    else:
        print(f"{config.llm_model}: {standing.described()}")
        if config.llm_trust != "exam":
            print(f"PAPERCHAT_LLM_TRUST={config.llm_trust} overrides it")
