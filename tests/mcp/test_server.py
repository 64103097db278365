"""The MCP server before a real client: over HTTP beside the page, and over stdio as a process of its own."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

from corpus import title_key
from rag import Assistant, Message, load_config
from tests.doubles.conversations import TALKS, cited
from tests.doubles.page import served

READING = {"ask_papers", "search_papers", "get_paper", "list_topics"}
Work = Callable[[ClientSession], Awaitable[Any]]


@asynccontextmanager
async def over_http(url: str) -> AsyncIterator[ClientSession]:
    async with streamablehttp_client(f"{url}gradio_api/mcp/") as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@asynccontextmanager
async def over_stdio(home: Path, *options: str) -> AsyncIterator[ClientSession]:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "ui.cli", "mcp", *options], env={**os.environ, "PAPERCHAT_HOME": str(home)}
    )
    async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@pytest.fixture(scope="module")
def url(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(assistant, load_config(home=tmp_path_factory.mktemp("mcp")), mcp=True) as address:
        yield address


@pytest.fixture
def ask(url: str) -> Callable[[Work], Any]:
    def run(work: Work) -> Any:
        async def main() -> Any:
            async with over_http(url) as session:
                return await work(session)

        return asyncio.run(main())

    return run


def call(name: str, **arguments: Any) -> Work:
    return lambda session: session.call_tool(name, arguments)


def test_tools_declare_what_they_return_and_when_to_use_which(ask: Callable[[Work], Any]) -> None:
    tools = {tool.name: tool for tool in ask(lambda session: session.list_tools()).tools}
    assert set(tools) == READING | {"add_papers"}
    for name, tool in tools.items():
        assert tool.outputSchema and tool.outputSchema["type"] == "object", name
        assert all("description" in prop for prop in tool.inputSchema["properties"].values()), name
        assert tool.annotations.readOnlyHint is (name in READING)
    assert "search_papers" in tools["ask_papers"].description and "ask_papers" in tools["search_papers"].description


def test_an_answer_is_structured_and_keeps_to_its_schema(ask: Callable[[Work], Any], assistant: Assistant) -> None:
    question = "Which papers speed up dLLM decoding?"

    async def both(session: ClientSession) -> tuple[Any, Any]:
        tools = (await session.list_tools()).tools
        return next(tool for tool in tools if tool.name == "ask_papers"), await session.call_tool("ask_papers", {"question": question})

    tool, result = ask(both)
    told, wanted = result.structuredContent, assistant.query(question)
    jsonschema.validate(told, tool.outputSchema)
    assert not result.isError and told == json.loads(result.content[0].text), "text for clients that know no structured content"
    assert told["text"] == wanted.text and [c["paper"]["paper_id"] for c in told["citations"]] == [
        c.paper.paper_id for c in wanted.citations
    ]
    assert all(c["quote"] in c["paper"]["abstract"] for c in told["citations"])


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[0])
def test_a_conversation_over_mcp_is_answered_as_over_python(
    talk: tuple[str, ...], ask: Callable[[Work], Any], assistant: Assistant
) -> None:
    """A client knows what was said by its text alone."""

    async def turns(session: ClientSession) -> list[dict[str, Any]]:
        said: list[dict[str, str]] = []
        answers = []
        for question in talk:
            result = await session.call_tool("ask_papers", {"question": question, "history": said})
            answers.append(result.structuredContent)
            said += [{"role": "user", "content": question}, {"role": "assistant", "content": answers[-1]["text"]}]
        return answers

    history = list[Message]()
    for question, told in zip(talk, ask(turns), strict=True):
        wanted = assistant.query(question, history)
        history += [{"role": "user", "content": question}, {"role": "assistant", "content": wanted.text}]
        assert (told["text"], told["intent"], told["abstained"]) == (wanted.text, wanted.intent, wanted.abstained)
        assert [title_key(c["paper"]["title"]) for c in told["citations"]] == cited(wanted)


NOTHING = {"since": None, "until": None, "organisation": None, "source": None}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_papers", {"question": "kv cache compression", "k": None, **NOTHING}),
        ("ask_papers", {"question": "kv cache compression", "history": None, **NOTHING}),
        ("add_papers", {"papers": None, "ids": None, "bibtex": None}),
        ("list_topics", {}),
    ],
)
def test_null_is_as_good_as_left_out(name: str, arguments: dict[str, Any], ask: Callable[[Work], Any]) -> None:
    given = {key: value for key, value in arguments.items() if value is not None}
    with_null, without = ask(call(name, **arguments)), ask(call(name, **given))
    assert not with_null.isError and _timeless(with_null) == _timeless(without)


def _timeless(result: Any) -> Any:
    return {name: value for name, value in result.structuredContent.items() if name != "usage"}


def test_a_year_as_a_number_and_a_conversation_are_understood(ask: Callable[[Work], Any]) -> None:
    found = ask(call("search_papers", question="speculative decoding", k=4, since=2025)).structuredContent["papers"]
    assert len(found) == 4 and all(one["paper"]["published"] >= "2025" for one in found)
    first = ask(call("ask_papers", question="Which papers speed up dLLM decoding?")).structuredContent
    history = [{"role": "user", "content": first["question"]}, {"role": "assistant", "content": first["text"]}]
    follow = ask(call("ask_papers", question="which of them are by NVIDIA?", history=history)).structuredContent
    assert [c["paper"]["organisation"] for c in follow["citations"]] == ["NVIDIA"]


def test_a_paper_is_found_by_id_title_and_as_a_resource(ask: Callable[[Work], Any], assistant: Assistant) -> None:
    paper = assistant.search("LocalLeap", 1)[0].paper
    for wanted in (paper.paper_id, paper.title, paper.title.upper()):
        told = ask(call("get_paper", paper=wanted)).structuredContent
        assert told["paper"]["abstract"] == paper.abstract and len(told["similar"]) == 8
    missing = ask(call("get_paper", paper="no such paper"))
    assert missing.isError and "search_papers" in missing.content[0].text

    async def all_resources(session: ClientSession) -> tuple[list[Any], Any]:
        listed, cursor = [], None
        while True:
            page = await session.list_resources(cursor)
            listed += page.resources
            if not (cursor := page.nextCursor):
                break
        uri = next(resource.uri for resource in listed if resource.name == paper.paper_id)
        return listed, await session.read_resource(uri)

    listed, read = ask(all_resources)
    assert len({resource.uri for resource in listed}) == len(assistant.index)
    assert json.loads(read.contents[0].text)["abstract"] == paper.abstract


def test_topics_have_labels_sizes_and_titles(ask: Callable[[Work], Any], assistant: Assistant) -> None:
    told = ask(call("list_topics")).structuredContent
    assert told["held"] == told["sampled"] == len(assistant.index) and len(told["topics"]) >= 5
    assert all(topic["label"] and topic["papers"] > 1 and topic["titles"] for topic in told["topics"])


@pytest.mark.parametrize(
    ("arguments", "line"), [({"question": "  "}, "the question is empty"), ({"question": "kv cache", "since": "soon"}, "is not a date")]
)
def test_a_bad_request_is_one_line(arguments: dict[str, Any], line: str, ask: Callable[[Work], Any]) -> None:
    result = ask(call("search_papers", **arguments))
    assert result.isError and line in result.content[0].text and "\n" not in result.content[0].text


def test_a_page_for_strangers_offers_no_adding_and_refuses_foreign_pages(assistant: Assistant, tmp_path: Path, url: str) -> None:
    from ui.mcp.server import server
    from ui.topics import Cartographer

    made = server(lambda: assistant, Cartographer(tmp_path / "map.json"), adds=False)
    assert {tool.name for tool in asyncio.run(made.list_tools())} == READING
    start = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"accept": "application/json, text/event-stream", "origin": "https://evil.example"}
    assert httpx.post(f"{url}gradio_api/mcp/", json=start, headers=headers).status_code == 403


def test_over_stdio_papers_are_added_told_and_never_read_from_this_machine(assistant: Assistant, tmp_path: Path) -> None:
    shutil.copytree(assistant.config.home, tmp_path / "home", symlinks=True)
    secret = tmp_path / "secret.jsonl"
    secret.write_text(json.dumps({"title": "Secret zymurgy", "abstract": "This file is nobody's business. " * 4}))
    good = {
        "title": "Zymurgy of sourdough",
        "abstract": "We study zymurgy of sourdough, its yeasts and its acids, in eleven bakeries.",
        "published": None,
    }
    bibtex = "@article{a, title={Malt houses}, abstract={We survey malt houses in eleven countries and their kilns.}, year={2024}}"

    async def main() -> None:
        async with over_stdio(tmp_path / "home") as session:
            added = await session.call_tool(
                "add_papers", {"papers": [good, {"title": "no abstract"}], "ids": [str(secret)], "bibtex": bibtex}
            )
            assert not added.isError and added.structuredContent["added"] == 2, added.content
            assert len(added.structuredContent["refused"]) == 2
            answer = await session.call_tool("ask_papers", {"question": "what is known of zymurgy?"})
            titles = [c["paper"]["title"] for c in answer.structuredContent["citations"]]
            assert "Zymurgy of sourdough" in titles and "Secret zymurgy" not in titles
        async with over_stdio(tmp_path / "home", "--read-only") as session:
            assert {tool.name for tool in (await session.list_tools()).tools} == READING

    asyncio.run(main())


def test_what_goes_wrong_is_logged_in_lines() -> None:
    """A library's traceback is one line, and a wrong password is still told where it sets levels of its own."""
    script = """
import logging
from ui.logs import log_in_lines
log_in_lines()
from ui.mcp.server import server
server(lambda: None, None, adds=False)
logging.getLogger("paperchat.page").warning("a wrong password from 127.0.0.1, its try 1")
logging.getLogger("mcp.server").warning("what was in an odd request")
try:
    raise ValueError("two\\nlines \\x1b[31m" + "x" * 5_000)
except ValueError:
    logging.getLogger("mcp.server").exception("Error handling POST request")
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr.splitlines()
    assert [line.split(" ", 2)[2][:60] for line in told] == [
        "WARNING a wrong password from 127.0.0.1, its try 1",
        "ERROR Error handling POST request (ValueError: two lines [31",
    ]
    assert all(len(line) < 400 for line in told)
