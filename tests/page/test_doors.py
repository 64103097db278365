"""The page's doors, each tried on a real server: origins, hosts, closed routes, bodies before login, uploads, passwords, sessions."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from rag import Assistant, load_config
from rag.errors import ConfigError
from tests.doubles import peers as held
from tests.doubles.page import served
from ui import peers
from ui.page.access import access
from ui.page.sessions import SESSION_SECONDS, Sessions, Tries

LOGIN = ("reader", "pass-word")
OURS = "papers.example.org"


@pytest.fixture(scope="module")
def local(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """On loopback, as `paperchat serve` starts it."""
    with served(assistant, load_config(home=tmp_path_factory.mktemp("local"))) as url:
        yield url.rstrip("/")


@pytest.fixture(scope="module")
def shared(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Open to others behind a proxy, with a login."""
    with served(
        assistant, load_config(home=tmp_path_factory.mktemp("shared")), login=LOGIN, host="0.0.0.0", public=(OURS,), mcp=True
    ) as url:
        yield url.rstrip("/")


@pytest.fixture(scope="module")
def unlocked(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Open to everyone: --no-auth."""
    with served(assistant, load_config(home=tmp_path_factory.mktemp("unlocked")), host="0.0.0.0") as url:
        yield url.rstrip("/")


def logged_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url)
    assert client.post("/login", data={"username": LOGIN[0], "password": LOGIN[1]}).status_code == 200
    return client


def raw(url: str, request: bytes) -> bytes:
    """What the server answers to these very bytes."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


# --- origins and hosts

FOREIGN: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://localhost:1"},
    {"origin": "https://papers.example.org.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
]
ROUTES = [
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/user"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("OPTIONS", "/gradio_api/queue/join"),
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("where", ["local", "shared", "unlocked"])
def test_another_sites_requests_are_refused(where: str, headers: dict[str, str], request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(where)
    for method, path in ROUTES:
        asked = {**headers, "access-control-request-method": "POST"} if method == "OPTIONS" else headers
        answer = httpx.request(method, url + path, headers=asked, content=b"x=1" if method == "POST" else None)
        assert answer.status_code == 403, (method, path)
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]


@pytest.mark.parametrize("where", ["local", "unlocked"])
def test_our_own_pages_requests_pass(where: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(where)
    own = {"origin": url, "sec-fetch-site": "same-origin"}
    started = httpx.post(f"{url}/gradio_api/call/search", json={"data": ["decoding", 2]}, headers=own)
    assert started.status_code == 200 and "event_id" in started.json()
    assert httpx.get(url, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_a_proxys_name_is_ours_and_no_other(shared: str) -> None:
    for host, status in ((OURS, 200), (f"{OURS}:443", 200), ("evil.example", 421), (f"{OURS}.evil.example", 421), ("127.0.0.1", 200)):
        assert httpx.get(shared, headers={"host": host}).status_code == status, host
    client = logged_in(shared)
    origin = {"origin": f"https://{OURS}", "host": OURS}
    assert client.post("/gradio_api/call/search", json={"data": ["decoding", 2]}, headers=origin).status_code == 200
    told = httpx.get(shared, headers={"host": "0.0.0.0:7860", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example"}).text
    assert OURS in told and "evil.example" not in told and "//0.0.0.0" not in told


def test_a_request_without_a_host_is_refused(local: str, shared: str) -> None:
    for url in (local, shared):
        assert b" 400 " in raw(url, b"GET /config HTTP/1.0\r\n\r\n").split(b"\r\n")[0] + b" "
        assert b" 400 " in raw(url, b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n").split(b"\r\n")[0] + b" "
    assert httpx.get(local, headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("name", ["Origin", "Sec-Fetch-Site", "Host", "Content-Length"])
def test_a_header_that_says_who_asks_is_given_once(local: str, name: str) -> None:
    """Of two, one would be looked at here and the other believed elsewhere."""
    twice = {"Origin": ("http://evil.example", local), "Sec-Fetch-Site": ("cross-site", "same-origin"), "Content-Length": ("0", "0")}
    one, other = twice.get(name, ("evil.example", "127.0.0.1"))
    host = "" if name == "Host" else "Host: 127.0.0.1\r\n"
    answer = raw(local, f"GET /config HTTP/1.1\r\n{host}{name}: {one}\r\n{name}: {other}\r\n\r\n".encode())
    assert answer.split(b" ")[1] == b"400"


def test_no_header_says_where_the_page_is(local: str) -> None:
    moved = {"x-gradio-server": "http://evil.example", "x-direct-url": "http://evil.example", "x-forwarded-host": "evil.example"}
    for path in ("/", "/config"):
        assert "evil.example" not in httpx.get(local + path, headers=moved).text


@pytest.mark.parametrize("port", ['evil"><script>', "80@evil.example", "80:90", "x", "-1", "\u00b2", ""])
def test_a_host_with_a_junk_port_is_refused(local: str, shared: str, unlocked: str, port: str) -> None:
    for url, name in ((local, "localhost"), (local, "[::1]"), (shared, OURS), (unlocked, "192.168.1.5")):
        refused = httpx.get(f"{url}/", headers={"host": f"{name}:{port}".encode("latin-1")})
        assert refused.status_code == 400 and "evil" not in refused.text, name


def test_no_site_lends_its_name_to_an_open_page(unlocked: str) -> None:
    """DNS rebinding: a site's own name leads to the page's address, and its script asks as if from the page. Addresses and the network's names cannot be lent."""
    for host in ("evil.example", "evil.example:7860", "192.168.1.5.nip.io", "paperchat.evil.example", "evil.example.", "1.2.3", "0x7f.1"):
        refused = httpx.get(f"{unlocked}/config", headers={"host": host})
        assert refused.status_code == 421 and "PAPERCHAT_PUBLIC_HOST" in refused.text, host
    for host in ("192.168.1.5", "192.168.1.5:7860", "[fe80::1]:7860", "workstation:7860", "workstation.local", "127.0.0.1", "localhost"):
        assert httpx.get(f"{unlocked}/config", headers={"host": host}).status_code == 200, host


@pytest.mark.parametrize("public", ["https://papers.example.org", "a b", "papers.example.org/chat", "*"])
def test_a_public_host_that_is_none_is_told(public: str) -> None:
    with pytest.raises(ConfigError, match="PAPERCHAT_PUBLIC_HOST"):
        access("0.0.0.0", 0, None, None, True, False, public)


def test_a_proxy_before_this_machines_address_lets_others_in() -> None:
    """Behind it every request seems to come from here: without a login nobody may add, and nothing is open that nobody asked for."""
    names = "papers.example.org, papers.example.org:8443"
    with pytest.raises(ConfigError, match=r"^PAPERCHAT_PUBLIC_HOST lets others in; set PAPERCHAT_PAGE_USER"):
        access("127.0.0.1", 0, None, None, False, False, names)
    opened = access("127.0.0.1", 0, None, None, True, False, names)
    assert opened.public == ("papers.example.org", "papers.example.org:8443") and not opened.uploads
    assert access("127.0.0.1", 0, "reader", SecretStr("pass"), False, False, names).uploads


@pytest.mark.parametrize("where", ["local", "shared", "unlocked"])
def test_every_answer_tells_browsers_what_the_page_may_do(where: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(where)
    for path in ("/", "/config", "/theme.css", "/nothing", "/gradio_api/token"):
        headers = httpx.get(url + path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin", path


# --- closed routes


@pytest.mark.parametrize(
    "path", ["token", "token/", "proxy=https://example.com/", "dev/reload", "deep_link", "runs", "vibe-code/", "run-history/buckets", "stream/x/1/1/playlist.m3u8",
             "component_server"],
)  # fmt: skip
def test_routes_that_the_page_does_not_need_are_closed(shared: str, local: str, path: str) -> None:
    client = logged_in(shared)
    assert client.get(f"/gradio_api/{path}").status_code == 404
    assert httpx.get(f"{local}/gradio_api/{path}").status_code == 404


# --- links that ask


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, False),
        ({"referer": "https://evil.example/"}, False),
        ({}, False),
    ],
)
def test_a_link_asks_only_when_opened_from_our_own_page(local: str, headers: dict[str, str], asks: bool) -> None:
    answer = httpx.get(f"{local}/?q=papers+on+attention&since=2025-10", headers=headers)
    assert answer.status_code == (200 if asks else 303)
    if not asks:
        assert answer.headers["location"] == "/?draft=papers+on+attention&since=2025-10"


@pytest.mark.parametrize("query", ["%71=attention", "a=1&" * 60 + "q=attention", "since=2025-10&%71=", "q=a&%71=b", "a&&q=b"])
def test_a_link_asks_nothing_however_it_is_written(local: str, query: str) -> None:
    answer = httpx.get(f"{local}/?{query}", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    names = [name for name, _ in parse_qsl(urlsplit(answer.headers.get("location", f"/?{query}")).query)]
    assert "q" not in names and answer.status_code in (200, 303)
    assert answer.status_code == 303 or query.endswith("=")


def test_many_fields_of_an_address_are_no_fault(local: str) -> None:
    assert httpx.get(f"{local}/?{'a=1&' * 60}").status_code == 200


# --- bodies, uploads


def test_nothing_is_read_before_who_asks_is_known(shared: str) -> None:
    """A body is announced and not sent: the refusal comes all the same."""
    for path in ("/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/run/ask", "/x/upload", "/config"):
        request = (
            f"POST {path} HTTP/1.1\r\nHost: {OURS}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1500000\r\n\r\n"
        )
        assert b" 401 " in raw(shared, request.encode()).split(b"\r\n")[0], path


def test_only_the_upload_route_may_have_large_bodies(local: str) -> None:
    for path in ("/x/upload", "/gradio_api/run/upload", "/gradio_api/upload/x", "/gradio_api/queue/join"):
        request = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3000000\r\n\r\n"
        assert b" 413 " in raw(local, request.encode()).split(b"\r\n")[0], path
    for length in ("300000000", "-1", "1e3", "٣", "9" * 40):
        request = f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
        assert raw(local, request.encode("latin-1", "replace")).split(b" ")[1] in (b"413", b"400")


def test_a_body_of_no_told_length_is_refused_in_a_line(local: str, capfd: pytest.CaptureFixture[str]) -> None:
    parts = (b"a" * 60_000 for _ in range(60))
    answer = httpx.post(f"{local}/gradio_api/run/search", content=parts)
    assert answer.status_code == 413 and answer.text == "the request is too large"
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nno file\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b"--x--\r\n", f"multipart/form-data; boundary={'x' * 300}"),
        (b"\xff" * 1_000, "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="files"; filename=".."\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"{}", ""),
    ],
)
def test_what_is_no_upload_is_refused_in_a_line(local: str, content: bytes, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    answer = httpx.post(f"{local}/gradio_api/upload", content=content, headers={"content-type": kind})
    assert answer.status_code == 400 and "\n" not in answer.text
    assert "Traceback" not in capfd.readouterr().err


def test_uploads_are_refused_where_adding_is_off(unlocked: str) -> None:
    assert httpx.post(f"{unlocked}/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 403


def test_an_upload_is_gone_when_the_page_ends(assistant: Assistant, tmp_path: Path) -> None:
    with served(assistant, load_config(home=tmp_path)) as url:
        stored = [Path(name) for name in httpx.post(f"{url}gradio_api/upload", files={"files": ("left.txt", b"nobody adds me")}).json()]
        assert stored and all(path.exists() for path in stored)
    assert not any(path.exists() for path in stored)


HALF = (
    b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"z" * 200_000
)


@pytest.mark.parametrize("path", ["upload", "upload?upload_id=u1"])
def test_an_upload_that_breaks_off_leaves_nothing(
    path: str, assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "uploads"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(kept))
    with served(assistant, load_config(home=tmp_path)) as url:
        whole = httpx.post(f"{url}gradio_api/upload", files={"files": ("whole.txt", b"all of it")}).json()
        httpx.post(f"{url}gradio_api/upload", files={"other": ("other.txt", b"a field that Gradio does not ask for")})
        where = urlsplit(url)
        for files in (1, 2):
            with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
                connection.sendall(f"POST /gradio_api/{path} HTTP/1.1\r\nHost: localhost\r\n".encode() + HALF * files)
                until(lambda: len(files_in(kept)) == 1 + files, url)  # noqa: B023
            until(lambda: files_in(kept) == [Path(whole[0])], url)
    assert "Traceback" not in capfd.readouterr().err


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def until(condition: Callable[[], bool], url: str) -> None:
    """The server does something between two requests."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        httpx.get(f"{url}robots.txt")


# --- passwords and sessions


class Clock:
    """A clock that a test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_half_open_connections_are_dropped(assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "WAIT", held.TIME)
    with served(assistant, load_config(home=tmp_path), mcp=True) as url:
        assert held.all_dropped(url)


def test_guessing_is_slowed_by_address_and_logged(assistant: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with served(assistant, load_config(home=tmp_path), login=LOGIN, mcp=True) as url:

        def guessed() -> list[int]:
            return [httpx.post(f"{url}login", data={"username": "reader", "password": f"guess-{n}"}).status_code for n in range(30)]

        seen = guessed()
        assert seen[:5] == [400] * 5 and seen.count(429) >= 20
        # on a machine that stands still for a second the wait may be over: guessed again, it is longer
        right = {"username": LOGIN[0], "password": LOGIN[1]}
        assert any(guessed() and "retry-after" in httpx.post(f"{url}login", data=right).headers for _ in range(3))
        assert any(guessed() and httpx.post(f"{url}gradio_api/mcp/", auth=("reader", "guess")).status_code == 429 for _ in range(3))
    lines = [record.getMessage() for record in caplog.records if record.name == "paperchat.page"]
    assert any("wrong password from 127.0.0.1" in line for line in lines) and not any("guess-" in line for line in lines)


def test_waits_grow_and_end() -> None:
    clock = Clock()
    tries = Tries(clock)
    waits = []
    for _ in range(12):
        waits.append(tries.wait("a"))
        clock.now += waits[-1]
        tries.wrong("a")
    assert waits[:5] == [0] * 5 and waits[5:8] == [1, 2, 4] and waits == sorted(waits)
    clock.now += 1_000
    assert tries.wait("a") == 0 and tries.wait("b") == 0
    tries.right("a")
    assert tries.wait("a") == 0


def test_many_addresses_are_slowed_together_but_not_who_has_been_in() -> None:
    clock = Clock()
    tries = Tries(clock)
    tries.right("home")
    for n in range(60):
        tries.wrong(f"10.0.0.{n}")
    assert tries.wait("10.0.9.9") > 200 and tries.wait("home") == 0
    clock.now += 400
    assert tries.wait("10.0.9.9") == 0


class _App:
    cookie_id = "c"

    def __init__(self) -> None:
        self.tokens: dict[str, Any] = {"t": "reader", "u": "reader"}


def test_a_session_ends_after_a_time_without_requests() -> None:
    clock, app = Clock(), _App()
    sessions, cookie = Sessions(LOGIN, clock), "access-token-c=t"
    for _ in range(3):
        assert sessions.known({"app": app}, cookie)
        clock.now += SESSION_SECONDS - 1
    clock.now += 2
    assert not sessions.known({"app": app}, cookie) and "t" not in app.tokens


def test_logging_out_is_a_post_and_ends_ones_own_session_only(shared: str) -> None:
    one, other = logged_in(shared), logged_in(shared)
    assert one.get("/logout").status_code == 405
    assert one.get("/config").status_code == 200
    assert one.post("/logout").status_code == 303
    cookies = dict(one.cookies)
    assert one.get("/config", cookies=cookies).status_code == 401
    assert other.get("/config").status_code == 200


def test_a_sessions_cookie_stays_at_home(shared: str) -> None:
    answer = httpx.post(f"{shared}/login", data={"username": LOGIN[0], "password": LOGIN[1]})
    assert answer.status_code == 200
    given = answer.headers.get_list("set-cookie")
    assert given and all("httponly" in cookie.lower() and "samesite=none" not in cookie.lower() for cookie in given)
