"""The page for programs and over the wire: API, MCP, logins, limits, many callers at once."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rag import Assistant, load_config
from rag.errors import ModelError, PaperchatError
from tests.doubles.commands import paperchat
from tests.doubles.page import Directed, served
from ui.page.access import Access
from ui.page.serve import start

LOGIN = ("reader", "pass-word")


@pytest.fixture(scope="module")
def url(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(assistant, load_config(home=tmp_path_factory.mktemp("api")), mcp=True) as url:
        yield url


@pytest.fixture(scope="module")
def locked(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that asks for a user and password."""
    with served(assistant, load_config(home=tmp_path_factory.mktemp("locked")), login=LOGIN, mcp=True) as url:
        yield url


def client_of(url: str, **options: Any) -> Client:
    return Client(url, verbose=False, analytics_enabled=False, **options)


# --- the API


def test_ask_and_search_are_named_and_documented(url: str) -> None:
    endpoints = client_of(url).view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/ask", "/search"}
    assert [p["parameter_name"] for p in endpoints["/ask"]["parameters"]] == [
        "question",
        "history",
        "since",
        "until",
        "organisation",
        "source",
    ]
    assert "checked citations" in endpoints["/ask"]["description"] and "best first" in endpoints["/search"]["description"]


def test_ask_answers_with_citations(url: str, assistant: Assistant) -> None:
    client = client_of(url)
    answer = client.predict("Which papers speed up dLLM decoding?", api_name="/ask")
    wanted = assistant.query("Which papers speed up dLLM decoding?")
    assert answer["text"] == wanted.text and len(answer["citations"]) == len(wanted.citations) and answer["account"] == wanted.account
    assert answer["citations"][0]["quote"] in answer["citations"][0]["paper"]["abstract"]
    history = [{"role": "user", "content": answer["question"]}, {"role": "assistant", "content": answer["text"]}]
    follow = client.predict("which of them are by NVIDIA?", history, api_name="/ask")
    assert [c["paper"]["organisation"] for c in follow["citations"]] == ["NVIDIA"]


def test_search_filters_and_limits(url: str) -> None:
    hits = client_of(url).predict(question="speculative decoding", k=5, since="2025", api_name="/search")
    assert len(hits) == 5 and all(hit["paper"]["published"] >= "2025" for hit in hits)
    assert hits[0]["score"] >= hits[-1]["score"]


def test_a_bad_question_gets_its_sentence(url: str) -> None:
    with pytest.raises(AppError, match="the question is empty"):
        client_of(url).predict("  ", api_name="/ask")
    with pytest.raises(AppError, match="is not a date"):
        client_of(url).predict(question="kv cache", since="soon", api_name="/search")


def test_fifty_questions_at_once_all_get_their_own_answer(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant, lambda question: (f"echo of {question} ", "[1]"))
    with served(directed, load_config(home=tmp_path / "fifty")) as url, ThreadPoolExecutor(50) as pool:
        client = client_of(url)
        jobs = [pool.submit(client.predict, f"question {number}.", api_name="/ask") for number in range(50)]
        answers = [job.result(60) for job in jobs]
    assert [answer["text"] for answer in answers] == [f"echo of question {number}. [1]" for number in range(50)]


def test_a_slow_question_holds_up_no_other(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    with served(directed, load_config(home=tmp_path / "slow")) as url, ThreadPoolExecutor(2) as pool:
        client = client_of(url)
        slow = pool.submit(client.predict, "please wait", api_name="/ask")
        assert directed.started.wait(20)
        assert client.predict("a quick one", api_name="/ask")["text"] == "word by word [1]"
        assert not slow.done()
        directed.go.set()
        assert slow.result(20)["text"] == "word by word [1]"


def test_a_fault_of_the_model_is_one_sentence(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = ModelError("the endpoint refused the key; check OPENAI_API_KEY")
    with served(directed, load_config(home=tmp_path / "fault")) as url, pytest.raises(AppError, match="check OPENAI_API_KEY"):
        client_of(url).predict("fault", api_name="/ask")


# --- twenty visitors over the page's own protocol


def _submit(http: httpx.Client) -> tuple[int, int]:
    """The event of asking: its number, and of how many controls it takes the values."""
    config = http.get("config").json()
    box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "pc-question")
    event = next(d for d in config["dependencies"] if [box, "submit"] in d["targets"])
    return int(event["id"]), len(event["inputs"]) - 2


def _as_browser(url: str, submit: tuple[int, int], question: str, memory: Any) -> list[Any]:
    """Ask like the page does; the data of every message that came back."""
    session = uuid4().hex[:10]
    with httpx.Client(base_url=url + "gradio_api/", timeout=60) as http:
        index, controls = submit
        data = [question, memory, *[None] * controls]
        http.post("queue/join", json={"data": data, "fn_index": index, "session_hash": session, "trigger_id": 1}).raise_for_status()
        messages = []
        with http.stream("GET", "queue/data", params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                if line.startswith("data:"):
                    messages.append(json.loads(line[5:]))
                    if messages[-1]["msg"] == "process_completed":
                        break
    return messages


def test_twenty_visitors_at_once_see_only_their_own(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant, lambda question: (f"echo of {question} ", "[1]"))
    with served(directed, load_config(home=tmp_path / "twenty")) as url, ThreadPoolExecutor(20) as pool:
        with httpx.Client(base_url=url) as http:
            submit = _submit(http)
        jobs = [pool.submit(_as_browser, url, submit, f"wait visitor-{number}.", {}) for number in range(20)]
        assert directed.started.wait(20)
        directed.go.set()
        everything = [json.dumps(job.result(60)) for job in jobs]
    for number, said in enumerate(everything):
        assert f"echo of wait visitor-{number}." in said
        assert not any(f"visitor-{other}." in said for other in range(20) if other != number)


# --- MCP


def _in_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in a thread of its own: Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _mcp(url: str, headers: dict[str, str] | None = None) -> tuple[list[Any], Any, Any]:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(url + "gradio_api/mcp/", headers=headers) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        asked = await session.call_tool("ask_papers", {"question": "Which papers speed up dLLM decoding?"})
        found = await session.call_tool("search_papers", {"question": "kv cache compression", "k": 3})
        return tools, asked, found


def test_mcp_tools_answer_a_real_client(url: str) -> None:
    tools, asked, found = _in_a_loop(_mcp(url))
    assert {"ask_papers", "search_papers"} <= {tool.name for tool in tools}
    ask = next(tool for tool in tools if tool.name == "ask_papers")
    assert "checked citations" in ask.description and "plain words" in ask.inputSchema["properties"]["question"]["description"]
    assert not asked.isError and "LocalLeap" in asked.content[0].text and "citations" in asked.content[0].text
    assert not found.isError and "abstract" in found.content[0].text


def test_mcp_is_off_unless_switched_on(assistant: Assistant, tmp_path: Path) -> None:
    with served(assistant, load_config(home=tmp_path / "off")) as url:
        assert httpx.get(url + "gradio_api/mcp/schema").status_code == 404


def test_mcp_behind_a_login_needs_the_login(locked: str) -> None:
    assert httpx.get(locked + "gradio_api/mcp/schema").status_code == 401
    token = base64.b64encode(":".join(LOGIN).encode()).decode()
    _, asked, _ = _in_a_loop(_mcp(locked, {"Authorization": f"Basic {token}"}))
    assert not asked.isError and "LocalLeap" in asked.content[0].text


# --- who may enter, and with how much


def test_a_page_with_a_login_lets_in_nobody_else(locked: str) -> None:
    for path in ("config", "gradio_api/info"):
        assert httpx.get(locked + path).status_code == 401
    assert httpx.post(locked + "gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "x"}).status_code == 401
    assert httpx.post(locked + "gradio_api/upload", files={"files": b"x"}).status_code == 401
    assert client_of(locked, auth=LOGIN).predict("Which papers speed up dLLM decoding?", api_name="/ask")["citations"]


def test_bodies_that_are_too_large_and_foreign_hosts_are_refused(url: str) -> None:
    assert httpx.post(url + "gradio_api/queue/join", content=b"x" * (9 * 1024**2)).status_code == 413
    assert httpx.get(url, headers={"Host": "rebound.example:80"}).status_code == 421
    assert httpx.get(url).status_code == 200


def test_uploading_is_off_for_strangers(assistant: Assistant, tmp_path: Path) -> None:
    from ui.page.layout import build

    config = load_config(home=tmp_path / "open")
    for entry, allowed in ((Access(), True), (Access("0.0.0.0"), False), (Access("0.0.0.0", login=LOGIN), True)):
        parts = build(config, entry, lambda: assistant).config["components"]
        assert any(part["props"].get("elem_id") == "pc-add" for part in parts) == allowed


def test_a_taken_port_says_which(assistant: Assistant, url: str, tmp_path: Path) -> None:
    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(PaperchatError, match=f"port {port} is taken"):
        start(load_config(home=tmp_path / "taken"), Access(port=port), lambda: assistant)


def test_the_command_refuses_an_open_door(home: Path) -> None:
    done = paperchat("serve", "--host", "0.0.0.0")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "--no-auth" in done.stderr


def test_the_command_serves_until_it_is_stopped(home: Path) -> None:
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "Paperchat is at" in line)
            assert "http://127.0.0.1:" in line and httpx.get(line.split()[3]).status_code == 200
        finally:
            process.terminate()
