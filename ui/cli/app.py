"""The command line, `paperchat`. Exit status: 0 answered or abstained, 1 an expected error, 2 usage.

Everything heavy is imported inside the command that needs it, so that `--help` is instant.
"""

import gc
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.doctor import doctor
from ui.cli.ending import end, heed_interrupts, run
from ui.cli.exam import exam
from ui.cli.mcp import mcp_command
from ui.cli.papers import papers_commands
from ui.cli.progress import progress, seldom
from ui.cli.serve import serve_command
from ui.cli.settings import settings
from ui.cli.slack import slack_command
from ui.cli.stats import stats_command

if TYPE_CHECKING:
    from rag.answer import Answer
    from rag.assistant import Assistant
    from rag.evaluation.evaluate import JudgedQuery, Scores

app = typer.Typer(
    name="paperchat",
    help="Ask a corpus of machine-learning papers; every claim of the answer carries a citation.\n\n"
    'Start with:  paperchat ask "which papers speed up dLLM decoding?"',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with the Python API's field names.")]
Since = Annotated[str | None, typer.Option(help="Only papers published on or after this date: YYYY, YYYY-MM or YYYY-MM-DD.")]
Until = Annotated[str | None, typer.Option(help="Only papers published on or before this date.")]
Organisation = Annotated[
    str | None, typer.Option("--organisation", "--organization", help="Only papers of this organisation; several: 'NVIDIA or DeepMind'.")
]
MinAuthors = Annotated[int | None, typer.Option(help="Only papers with at least this many authors.")]
MaxAuthors = Annotated[int | None, typer.Option(help="Only papers with at most this many authors.")]
Source = Annotated[str | None, typer.Option(help="Only papers from this file or service; `paperchat stats` lists them.")]
Author = Annotated[str | None, typer.Option(help="Only papers by this author: any order, initials and accents as you like.")]
Venue = Annotated[str | None, typer.Option(help="Only papers published at this venue: words of its name.")]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"paperchat {version('paperchat')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    # Read when NumPy is imported. Threads that wait by spinning take twice as long as one where something else runs, too.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _assistant(**settings: Any) -> "Assistant":
    """The assistant, its first indexing, or a repair, shown as a progress bar."""
    from rag.assistant import Assistant
    from rag.config import load_config
    from rag.index import built

    config = load_config(**{name: value for name, value in settings.items() if value is not None})
    with seldom("repairing the index" if built(config.index_path) else "indexing the papers that ship") as advance:
        return Assistant(config, progress=advance)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _print_footer(answer: "Answer") -> None:
    print()
    for citation in answer.citations:
        paper = citation.paper
        people = ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")
        known = ", ".join(part for part in (people, paper.venue, paper.organisation, paper.published, paper.url) if part)
        print(f"[{citation.number}] {citation.paper.title}{f' ({known})' if known else ''}")
    print(f"\n{answer.account[:1].upper()}{answer.account[1:]}.", file=sys.stderr)
    if answer.notice:
        print(f"Note: {answer.notice}.", file=sys.stderr)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help='The question, e.g. "which papers speed up dLLM decoding?"')],
    since: Since = None, until: Until = None, organisation: Organisation = None,
    min_authors: MinAuthors = None, max_authors: MaxAuthors = None, source: Source = None,
    author: Author = None, venue: Venue = None,
    model: Annotated[str | None, typer.Option(help="Language model, in place of PAPERCHAT_LLM_MODEL.")] = None,
    base_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint, in place of OPENAI_BASE_URL.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask the model again instead of showing a kept answer.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Answer a question from your papers, with citations.

    Works offline; set PAPERCHAT_LLM_MODEL (and OPENAI_API_KEY or OPENAI_BASE_URL) for answers
    that a language model writes. What was considered and how many papers answer goes to stderr.
    """
    from rag.answer import Answer, Delta
    from rag.filters import Filters
    from ui.cli.show import keep_last
    from ui.cli.waiting import waiting

    assistant = _assistant(llm_model=model, openai_base_url=base_url, cache=False if no_cache else None)
    filters = Filters(since, until, organisation, min_authors, max_authors, source, author, venue)
    with waiting(bool(assistant.config.llm_model)) as shown:
        for event in assistant.stream(question, (), filters):
            shown.on(event)
            if isinstance(event, Delta) and not as_json:
                print(event.text, end="", flush=True)
            elif isinstance(event, Answer):
                keep_last(assistant.config.home, [citation.paper for citation in event.citations] or list(event.nearest))
                if as_json:
                    _print_json({**asdict(event), "account": event.account})
                else:
                    print()
                    _print_footer(event)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many papers.")] = 10,
    since: Since = None, until: Until = None, organisation: Organisation = None,
    min_authors: MinAuthors = None, max_authors: MaxAuthors = None, source: Source = None,
    author: Author = None, venue: Venue = None,
    read: Annotated[bool, typer.Option("--read", help="Read the best abstracts before ranking: better, some tenths of a second.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the papers that match a question best."""
    from rag.filters import Filters

    passing = Filters(since, until, organisation, min_authors, max_authors, source, author, venue)
    hits = _assistant().search(question, k, passing, read=read)
    if as_json:
        return _print_json([{"score": hit.score, "paper": asdict(hit.paper)} for hit in hits])
    for hit in hits:
        print(f"{hit.score:6.2f}  {hit.paper.title}{f'  ({hit.paper.published})' if hit.paper.published else ''}")
    return None


papers_commands(app, lambda: _assistant())


app.command()(stats_command(_assistant))


@app.command()
def evaluate(
    file: Annotated[Path | None, typer.Argument(help="Judged questions, as tests/eval/dev.json.")] = None,
    beir: Annotated[Path | None, typer.Option(help="A BEIR collection's folder instead: search only, in an index of its own.")] = None,
    peers: Annotated[bool, typer.Option(help="Compare with BM25 alone and, where installed, LlamaIndex + Chroma + MiniLM.")] = True,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval and answers on judged questions; print a table by question type."""
    from rag.evaluation.evaluate import evaluate as run
    from rag.evaluation.evaluate import evaluate_search, load_queries, ours, ours_read, table

    if (file is None) == (beir is None):
        raise typer.BadParameter("give a FILE of judged questions, or --beir DIR")
    if beir is not None:
        assistant, queries = _collection(beir)
        with progress("searching", 2 * len(queries)) as advance:
            searches = {"Paperchat": ours(assistant), "Paperchat, the best read": ours_read(assistant)}
            rows = {name: evaluate_search(queries, search, advance).by_type["all"] for name, search in searches.items()}
    else:
        assert file is not None
        assistant = _assistant()
        queries = load_queries(file, assistant.index.all_papers())
        with progress("asking", len(queries)) as advance:
            rows = {f"Paperchat, {name}": scores for name, scores in run(assistant, queries, advance).by_type.items()}
    if peers:
        for name, result in _peer_rows(assistant, queries):
            rows[name] = result
    if as_json:
        _print_json({name: asdict(scores) for name, scores in rows.items()})
    else:
        print(table(rows))


def _peer_rows(assistant: "Assistant", queries: "list[JudgedQuery]") -> "Iterator[tuple[str, Scores]]":
    from rag.evaluation.evaluate import evaluate_search
    from rag.evaluation.peers import peers

    for name, search in peers(assistant, lambda line: print(f"note: {line}", file=sys.stderr)).items():
        for kind, scores in evaluate_search([query for query in queries if query.relevant], search).by_type.items():
            if kind in ("all", "set+known+compare+numeric"):
                yield f"{name}, {kind}", scores


def _collection(folder: Path) -> "tuple[Assistant, list[JudgedQuery]]":
    """An assistant over a test collection, indexed in the data folder beside the papers."""
    from rag.assistant import Assistant
    from rag.config import load_config
    from rag.embedding import open_embedder
    from rag.evaluation import beir
    from rag.index import Index

    config = load_config()
    config = config.model_copy(update={"home": config.home / "collections" / folder.name})
    index = Index(config, open_embedder(config))
    queries = beir.queries(folder)
    with progress(f"indexing {folder.name}") as advance:
        index.sync(beir.papers(folder), advance, merge_titles=False)
    return Assistant(config, index=index), queries


app.command()(serve_command(_assistant))
app.command()(slack_command(_assistant))
app.command()(mcp_command(_assistant))


app.command()(doctor)
app.command()(exam)
app.command()(settings)


@app.command("train-embedding")
def train_embedding(
    abstracts: Annotated[Path, typer.Argument(help="JSONL (or .jsonl.gz) with title and abstract, without the papers to be searched.")],
    out: Annotated[Path, typer.Option(help="Folder for table, scales and tokenizer.")],
    start: Annotated[Path | None, typer.Option(help="Folder of a MiniLM model whose rows training starts from; else random.")] = None,
    vocabulary: Annotated[int, typer.Option(help="Tokens at most.")] = 48_000,
    dimensions: Annotated[int, typer.Option(help="Numbers a token.")] = 256,
    epochs: Annotated[int, typer.Option(help="Passes over the abstracts.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same table.")] = 0,
) -> None:
    """Train the static embedding on abstracts of your own. Needs the extra `train` (torch).

    The table that comes with the package was made this way; rag/embedding/weights/README.md holds the exact command.
    """
    from rag.embedding.training import train

    try:
        train(abstracts, out, start=start, vocabulary=vocabulary, dimensions=dimensions, epochs=epochs, seed=seed)
    except ImportError as error:
        print(f"paperchat: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


@app.command()
def reindex() -> None:
    """Rebuild the index with the embedder that is set, beside the old one, then swap them.

    Needed after you change PAPERCHAT_EMBED_MODEL; also repairs a damaged index.
    """
    from rag.config import load_config
    from rag.embedding import open_embedder
    from rag.index import papers_to_reindex
    from rag.index import reindex as rebuild

    config = load_config()
    with progress("reindexing", papers_to_reindex(config)) as advance:
        count = rebuild(config, open_embedder(config), advance)
    print(f"{count:,} papers indexed")


def main() -> None:
    """Entry point: expected errors become one line on stderr and exit status 1."""
    if sys.argv[1:2] == ["ask"]:
        gc.disable()  # a short process: collecting garbage while so much is imported costs a tenth of its time
    heed_interrupts()
    try:
        run(app)
    except SystemExit as ended:
        end(ended.code)
        raise


if __name__ == "__main__":
    main()
