"""Doctor: does everything that an answer needs work, and if not, what is to be done?"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pydantic import BaseModel

from rag.config import Config, masked_url
from rag.embedding import open_embedder
from rag.errors import ModelError, PaperchatError
from rag.index import Folder, built

_ENOUGH_BYTES = 500 * 2**20
_LISTED = 8
_QUICKLY_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its name, whether it works, and what was found, or what to do."""

    name: str
    works: bool
    detail: str


class _Echo(BaseModel):
    """The smallest structured reply."""

    ok: bool = False


def examine(config: Config, verify: bool = False) -> Iterator[Finding]:
    """Findings one by one, as they are made. Raises nothing that is expected: a fault is a finding.

    `verify`: compare every paper of Chroma and the lexical index, however many there are.
    """
    checks: tuple[tuple[str, Callable[[Config], str]], ...] = (
        ("data folder", _folder),
        ("embedder", _embedder),
        ("index", partial(_index, verify=verify)),
        ("model endpoint", _endpoint),
        ("model", _model),
    )
    if config.llm_model:
        checks = (*checks, ("exam", _exam))
    for name, check in checks:
        try:
            yield Finding(name, True, check(config))
        except PaperchatError as error:
            yield Finding(name, False, str(error))


def _folder(config: Config) -> str:
    home = config.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise PaperchatError(f"{home} cannot be written to; change its permissions, or set PAPERCHAT_HOME to another folder")
    free = shutil.disk_usage(there).free
    if free < _ENOUGH_BYTES:
        raise PaperchatError(f"{home} has {free // 2**20} MiB left; free some space, or set PAPERCHAT_HOME to another disk")
    return f"{home}, {free // 2**30} GiB free"


def _embedder(config: Config) -> str:
    embedder = open_embedder(config)
    vector = embedder.encode_query("language models")
    return f"{config.embed_model}, {len(vector)} dimensions"


def _index(config: Config, verify: bool) -> str:
    from rag.index import Index

    if not built(config.index_path):
        return "not built yet; the first question builds it"
    index = Index(config, open_embedder(config))
    compared = verify or len(index) <= _QUICKLY_COMPARED
    if compared and (faults := index.verify()):
        raise PaperchatError(f"{faults[0]}; run `paperchat reindex`")
    held = f"{len(index):,} papers" + ("" if compared else "; --verify compares Chroma and the lexical index")
    if (outdated := len(index.lexical.forward) - len(index)) > len(index):
        held += f"; {outdated:,} entries of papers since changed or removed take up disk, which `paperchat reindex` frees"
    return f"{held} on {masked_url(config.chroma_url)}; {_words(config)}" if config.chroma_url else held


def _words(config: Config) -> str:
    """Where a server's papers are searched by word."""
    from rag.index import open_current

    _, store = open_current(config, Folder(config.index_path))
    if store.searches_words:
        return "the server searches words, too"
    why = "cannot: that takes Chroma Cloud or a distributed Chroma"
    if store.could_search_words():
        why = "could: run `paperchat reindex`" if config.chroma_words else "could: PAPERCHAT_CHROMA_WORDS is false"
    return f"words are searched in this machine's own index (this server {why})"


def _endpoint(config: Config) -> str:
    """Reaches the endpoint, and sees whether it has the model."""
    if not config.llm_model:
        return "not asked: PAPERCHAT_LLM_MODEL is not set, so answers quote the abstracts"
    import openai

    from rag.llm import base_url, explained, open_client, shown_url

    where, client = shown_url(base_url(config)), open_client(config)
    try:
        models = sorted(model.id for model in client.models.list())
    except (openai.NotFoundError, openai.InternalServerError):
        return f"{where} answers, but does not list its models"
    except Exception as error:
        raise explained(error, config) from None
    if config.llm_model not in models and models:
        some = ", ".join(models[:_LISTED]) + (f" and {len(models) - _LISTED} more" if len(models) > _LISTED else "")
        raise ModelError(f"{where} has no model {config.llm_model!r}; set PAPERCHAT_LLM_MODEL to one that it has: {some}")
    return f"{where}, {len(models)} models"


def _model(config: Config) -> str:
    """Asks the model for a small structured reply, and for a streamed one."""
    if not config.llm_model:
        return "none"
    from rag.llm import Model, Prompt, Unreadable

    model = Model(config)
    spending = model.spending()
    prompt = Prompt("You test a connection.", 'Reply with this JSON and nothing else: {"ok": true}')
    try:
        model.ask(prompt, _Echo, spending)
        structured = "structured replies"
    except Unreadable:
        structured = "no structured replies (verdicts will be judged by wording; a larger model does better)"
    streamed = sum(1 for piece in model.stream(prompt, spending) if piece.text)
    if not streamed:
        raise ModelError(f"{config.llm_model} sent an empty reply; try another model")
    return f"{config.llm_model} answers; {structured}; {'streams' if model.dialect.options.streams else 'does not stream'}"


def _exam(config: Config) -> str:
    """What the model is trusted with; found out now where it is not known yet."""
    from rag.generation.exam import Examiner
    from rag.llm import Model

    examiner = Examiner(Model(config))
    if config.llm_trust != "exam":
        return f"PAPERCHAT_LLM_TRUST={config.llm_trust} decides what {config.llm_model} may do"
    standing = examiner.standing()
    if not standing.of_use:
        raise ModelError(f"{standing.described()}: answers quote the abstracts; set PAPERCHAT_LLM_MODEL to a larger model")
    return f"{standing.described()}; `paperchat exam` repeats it"
