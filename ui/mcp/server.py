"""The MCP server: tools that answer, find, show and add papers, and a resource for each paper held."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote, unquote

from anyio.to_thread import run_sync
from mcp import types
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyUrl, Field

from rag import Filters, Message, PaperchatError
from ui.mcp.adding import add
from ui.mcp.results import Added, Answered, Detail, Found, NewPaper, Scored, Topic, Topics, Turn, answered

if TYPE_CHECKING:
    from rag import Assistant
    from ui.topics import Cartographer

T = TypeVar("T")
MOST = 100
"""Papers that one search returns at most."""

_SIMILAR, _TITLES, _RESOURCES, _HISTORY = 8, 3, 100, 40
_INSTRUCTIONS = (
    "Paperchat holds abstracts of papers. ask_papers answers a question with checked citations; search_papers returns abstracts to read "
    "yourself; get_paper shows one paper; list_topics tells what is held, before you ask."
)
_READS = types.ToolAnnotations(readOnlyHint=True, openWorldHint=False)
_ADDS = types.ToolAnnotations(readOnlyHint=False, destructiveHint=False, idempotentHint=True)

Question = Annotated[str, Field(description="The question in plain words. It may name dates and organisations.")]
Since = Annotated[str | int | None, Field(description="Only papers published from then on: YYYY, YYYY-MM or YYYY-MM-DD.")]
Until = Annotated[str | int | None, Field(description="Only papers published until then, inclusive: YYYY, YYYY-MM or YYYY-MM-DD.")]
Organisation = Annotated[str | None, Field(description='Only papers listed by this organisation; several as "NVIDIA or DeepMind".')]
Source = Annotated[str | None, Field(description="Only papers that came from this file.")]


class PaperServer(FastMCP[Any]):
    """FastMCP whose list of resources comes in pages, for there may be many papers."""

    def __init__(self, opened: "Callable[[], Assistant]", **options: Any) -> None:
        self._opened = opened
        super().__init__("paperchat", _INSTRUCTIONS, **options)

    async def list_resources(self, request: types.ListResourcesRequest) -> types.ListResourcesResult:  # type: ignore[override]
        """A page of the papers held, in the order of their titles."""
        cursor = request.params.cursor if request.params else None
        return await run_sync(lambda: _resources(self._opened(), _offset(cursor)))


def _offset(cursor: str | None) -> int:
    try:
        return max(int(base64.b64decode(cursor or "MA==")), 0)
    except ValueError:
        raise ToolError("the cursor is not one of this server's; begin without one") from None


def _resources(assistant: "Assistant", offset: int) -> types.ListResourcesResult:
    assistant.index.refresh()
    ids, count = assistant.index.lexical.page("", Filters(), "title", offset, _RESOURCES)
    listed = [
        types.Resource(uri=address(paper.paper_id), name=paper.paper_id, title=paper.title, mimeType="application/json")
        for paper in assistant.index.papers(ids)
    ]
    after = offset + _RESOURCES
    return types.ListResourcesResult(resources=listed, nextCursor=base64.b64encode(str(after).encode()).decode() if after < count else None)


def address(paper_id: str) -> AnyUrl:
    """The paper's resource."""
    return AnyUrl(f"paper://held/{quote(paper_id, safe='')}")


async def _told(work: Callable[[], T]) -> T:
    """Work off the event loop; what is wrong with the request becomes the tool's error, in one line."""
    try:
        return await run_sync(work)
    except PaperchatError as error:
        raise ToolError(str(error)) from None


def _filters(since: str | int | None, until: str | int | None, organisation: str | None, source: str | None) -> Filters:
    dates = [str(date) if date not in (None, "") else None for date in (since, until)]
    return Filters(dates[0], dates[1], organisation or None, source=source or None)


def _messages(history: list[Turn] | None) -> list[Message]:
    kept: list[Message] = []
    for turn in (history or [])[-_HISTORY:]:
        if turn["content"]:
            kept.append({"role": "assistant" if turn["role"] == "assistant" else "user", "content": turn["content"]})
    return kept


def detail(assistant: "Assistant", wanted: str) -> Detail:
    """A paper by id, arXiv id, DOI or title, with its neighbours. Raises ToolError where it is not held."""
    index = assistant.index
    index.refresh()
    spelt = [wanted.strip(), *(f"{kind}:{wanted.strip()}" for kind in ("arxiv", "doi"))]
    known = {**index.lexical.by_titles([wanted]), **index.lexical.by_aliases(spelt)}
    papers = index.papers(spelt[:3]) or index.papers(list(known.values())[:1])
    if not papers:
        raise ToolError(f"no paper {wanted[:100]!r} is held; search_papers finds papers by what they are about")
    paper = papers[0]
    vectors = index.vectors([paper.paper_id])
    near = dict(index.nearest(vectors[paper.paper_id], min(_SIMILAR + 1, len(index)))) if vectors else {}
    near.pop(paper.paper_id, None)
    similar = [Scored(score=round(near[other.paper_id], 3), paper=other) for other in index.papers(list(near)[:_SIMILAR])]
    return Detail(paper=paper, similar=similar)


def topics(assistant: "Assistant", cartographer: "Cartographer") -> Topics:
    """What the corpus holds, by topic."""
    atlas = cartographer.atlas(assistant)
    told = []
    for number, label, size in atlas.topics():
        papers = assistant.index.papers(atlas.members(number)[:_TITLES])
        told.append(Topic(label=label, papers=size, titles=[paper.title for paper in papers]))
    return Topics(held=atlas.held, sampled=len(atlas.ids), topics=told)


def server(opened: "Callable[[], Assistant]", cartographer: "Cartographer", adds: bool, local: bool = True) -> PaperServer:
    """The server over an assistant; `adds` offers add_papers, `local` refuses foreign Host and Origin headers."""
    guarded = None if local else TransportSecuritySettings(enable_dns_rebinding_protection=False)
    logging.getLogger("mcp").setLevel(logging.ERROR)  # it warns of each odd request, with what was in it
    made = PaperServer(opened, stateless_http=True, json_response=True, log_level="ERROR", transport_security=guarded)
    _reading(made, opened, cartographer)
    if adds:
        _adding(made, opened)
    return made


def _reading(made: PaperServer, opened: "Callable[[], Assistant]", cartographer: "Cartographer") -> None:
    _asking(made, opened)

    @made.tool(annotations=_READS)
    async def get_paper(paper: Annotated[str, Field(description="A paper_id, an arXiv id, a DOI, or the whole title.")]) -> Detail:
        """Show one paper that is held, with its whole abstract, and the papers most similar to it.

        Use it when you know which paper you want; search_papers finds papers by what they are about.
        """
        return await _told(lambda: detail(opened(), paper))

    @made.tool(annotations=_READS)
    async def list_topics() -> Topics:
        """List the topics of the papers that are held, with the number of papers and some titles of each.

        Use it first, when you don't know what this collection is about.
        """
        return await _told(lambda: topics(opened(), cartographer))

    @made.resource("paper://held/{paper_id}", name="paper", title="A paper that is held", mime_type="application/json")
    async def paper_resource(paper_id: str) -> str:
        """A paper with its abstract, as JSON."""
        found = await _told(lambda: detail(opened(), unquote(paper_id)).paper)
        return json.dumps(asdict(found), ensure_ascii=False)


def _asking(made: PaperServer, opened: "Callable[[], Assistant]") -> None:
    @made.tool(annotations=_READS)
    async def ask_papers(
        question: Question,
        history: Annotated[list[Turn] | None, Field(description="Earlier turns, oldest first; left out for a new conversation.")] = None,
        since: Since = None,
        until: Until = None,
        organisation: Organisation = None,
        source: Source = None,
    ) -> Answered:
        """Answer a question from the abstracts that are held, completely and with checked citations.

        Use it for questions ("which papers ...", "how does X work", "compare X and Y"). Use search_papers
        to read abstracts yourself. `abstained` is true when the papers held do not answer.
        """
        work = lambda: opened().query(question, _messages(history), _filters(since, until, organisation, source))  # noqa: E731
        return answered(await _told(work))

    @made.tool(annotations=_READS)
    async def search_papers(
        question: Question,
        k: Annotated[int | None, Field(description=f"How many papers, 1 to {MOST}; 10 unless told.")] = None,
        since: Since = None,
        until: Until = None,
        organisation: Organisation = None,
        source: Source = None,
    ) -> Found:
        """Find the papers nearest to a question, best first, with their whole abstracts.

        Use it to read and judge abstracts yourself; ask_papers gives an answer with citations.
        """
        limit = min(max(10 if k is None else k, 1), MOST)
        hits = await _told(lambda: opened().search(question, limit, _filters(since, until, organisation, source)))
        return Found(papers=[Scored(score=hit.score, paper=hit.paper) for hit in hits])


def _adding(made: PaperServer, opened: "Callable[[], Assistant]") -> None:
    @made.tool(annotations=_ADDS)
    async def add_papers(
        papers: Annotated[list[NewPaper] | None, Field(description="Papers with title and abstract.")] = None,
        ids: Annotated[list[str] | None, Field(description="arXiv ids or addresses, DOIs: their papers are fetched.")] = None,
        bibtex: Annotated[str | None, Field(description="BibTeX entries that have an abstract.")] = None,
    ) -> Added:
        """Add papers to those that are held, or update those that changed. Only when the user asks for it.

        Give any of papers, ids and bibtex. What cannot be read is told in `refused`; the rest is added.
        """
        return await _told(lambda: add(opened(), papers or [], ids or [], bibtex or ""))
