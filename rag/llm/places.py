"""Addresses in an endpoint's words: those of machines behind it are nobody else's business; the user's own may be named."""

import re
from ipaddress import ip_address

_ADDRESS = re.compile(
    r"(?<![\w.:-])(?:\[(?P<v6>[0-9a-f:.]{2,45}(?:%\w{1,16})?)\]|(?P<v4>\d{1,3}(?:\.\d{1,3}){3})|(?P<bare>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}))"
    r"(?::\d{2,5})?(?:/\d{1,2})?(?![\w-]|\.\d)",
    re.IGNORECASE,
)
_INSIDE = r"(?:internal|local|localdomain|localhost|lan|corp|intra|intranet|private|home|svc|cluster|consul|docker|node|pod)"
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_WHOLE = rf"{_LABEL}(?:\.{_LABEL}){{0,5}}"
_HOST = re.compile(
    rf"(?<![\w.@/-])(?P<named>(?:{_LABEL}\.){{1,6}}{_INSIDE}|localhost|ip-\d{{1,3}}(?:-\d{{1,3}}){{3}}(?:\.{_LABEL}){{0,5}})(?::\d{{2,5}})?(?![\w-])"
    rf"|(?<![\w.@/-])(?<!model )(?<!model [\"'])(?P<ported>{_WHOLE}):\d{{4,5}}(?![\w-]|\.\d)"
    r"|(?P<key>\b(?:host(?:name)?|server|upstream|backend|node|pod|worker|peer|addr(?:ess)?)(?:\s?=|:(?=\s?[\"'(\[]{0,2}\w{0,30}[-.\d]))"
    rf"\s?[\"'(\[]{{0,2}})(?P<value>{_WHOLE})(?::\d{{2,5}})?",
    re.IGNORECASE,
)
_NO_HOST = re.compile(
    r"\d+|[a-z_]*(?:tokens?|length|limit|max|min|size|code|error|status|count|total|time|window)|got|is|of|line|id|context|requested",
    re.IGNORECASE,
)
"""Words before a colon and a number that are no machine's name."""

HIDDEN = "***"


def without_places(text: str, own: str) -> str:
    """The text without addresses and names of machines; `own` is the host that the user set."""

    def address(found: re.Match[str]) -> str:
        written = found["v6"] or found["v4"] or found["bare"]
        try:
            ip_address(written.partition("%")[0])
        except ValueError:
            return found[0]
        return found[0] if written == own else HIDDEN

    def host(found: re.Match[str]) -> str:
        named = found["named"] or found["ported"] or found["value"]
        if named.lower() == own.lower() or (found["ported"] and _NO_HOST.fullmatch(named)):
            return found[0]
        return f"{found['key'] or ''}{HIDDEN}"

    return _HOST.sub(host, _ADDRESS.sub(address, text))


def is_inside(host: str) -> bool:
    """Whether a host is an address or a name that only its own network knows."""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or bool(re.search(rf"\.{_INSIDE}$|^ip-\d", host, re.IGNORECASE))
    return True
