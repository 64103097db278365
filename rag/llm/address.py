"""A model endpoint's address and key, read as people paste them."""

import re
from urllib.parse import urlsplit, urlunsplit

from rag.config import Config, masked_path
from rag.errors import ConfigError

HOSTED = "https://api.openai.com/v1"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_AROUND = " \t\r\n\"'`“”„‘’«»<>;,\u00a0"
_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\x00-\x1f\x7f]")
_ASSIGNED = re.compile(
    r"^(?:export\s+|set\s+|setx\s+|\$env:|-H\s+)?[\"'“]?(?:[A-Z_]+|(?i:[a-z_ -]*(?:key|token|url|base|authorization|endpoint)))[\"'”]?"
    r"\s*[=:]\s*(?=\S)"
)
_TRAILING = re.compile(r"(?:\s+#.*|\\[nrt]|[.])+$")
_BRACKETED = re.compile(r"^(?:\[[^\]]*\])?[(\[{](.*)[)\]}]$")
_WORDS_BEFORE = re.compile(r"^(?:(?:curl|POST|GET)\s+|https?://(?=https?://))", re.IGNORECASE)
_SENT = re.compile(r"(?:/(?:chat(?:/completions)?|completions|responses|embeddings|models|messages))?/*$", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:bearer|token|basic)\s+", re.IGNORECASE)
_TWICE = re.compile(r"(/v\d+)(?:/v\d+)+$")


def shown_url(url: str) -> str:
    """A URL without a user's name, password or query, nor a key in its path."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{masked_path(parts.path)}"


def is_local(config: Config) -> bool:
    """Whether the endpoint is on this machine."""
    return urlsplit(base_url(config)).hostname in _LOOPBACK


def pasted(text: str) -> str:
    """A setting without what comes along when it is pasted: blanks, quotes, hidden characters, the name it is assigned to."""
    text = _HIDDEN.sub("", text.replace("\n", " ")).strip(_AROUND)
    text = _BRACKETED.sub(r"\1", text).strip(_AROUND)
    for form in (_ASSIGNED, _WORDS_BEFORE, _TRAILING):
        text = form.sub("", text).strip(_AROUND)
    return text


def base_url(config: Config) -> str:
    """The base URL in use. Raises ConfigError when it is no URL."""
    url = pasted(config.openai_base_url or "") or HOSTED
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.scheme.lower() in ("http", "https") and " " not in url and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("OPENAI_BASE_URL is no URL; write, for example, http://localhost:11434/v1")
    if parts.username is not None:
        raise ConfigError("OPENAI_BASE_URL holds a user name or password, which logs would show; set OPENAI_API_KEY instead")
    return urlunsplit((parts.scheme.lower(), parts.netloc, _TWICE.sub(r"\1", _SENT.sub("", parts.path)), "", ""))


def api_key(config: Config) -> str:
    """The key to send; an endpoint of one's own needs none. Raises ConfigError when the hosted one lacks it, or it can be none."""
    key = _SCHEME.sub("", pasted(config.openai_api_key.get_secret_value())) if config.openai_api_key else ""
    if key:
        if not re.fullmatch(r"[\x21-\x7e]+", key):
            raise ConfigError("OPENAI_API_KEY holds a character that no key has (a blank, or one that is not ASCII); copy it again")
        return key
    if config.openai_base_url:
        return "none"
    raise ConfigError("OPENAI_API_KEY is not set; set it, or set OPENAI_BASE_URL to an endpoint of your own")
