"""Config: every setting, and the only reader of the environment."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus import Sites, printable
from rag.errors import ConfigError

_KEY = re.compile(
    r"\b(?:sk|pk|gsk|hf|xai|nvapi|key|token)[-_](?=\S*\d)\S{12,}"
    r"|(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}",
    re.IGNORECASE,
)


_LONGEST, _MOST = 1_000_000, 100_000_000
"""Seconds (or minutes) and numbers that a setting may have: the system's clocks take no endless ones."""


class Config(BaseSettings):
    """Settings, from arguments first, then from the environment (`PAPERCHAT_<NAME>`).

    `OPENAI_API_KEY` and `OPENAI_BASE_URL` keep the names that other programs use.
    """

    model_config = SettingsConfigDict(env_prefix="PAPERCHAT_", frozen=True, extra="forbid", populate_by_name=True)

    home: Path = Field(default_factory=lambda: user_data_path("paperchat"), description="data folder: index, caches, feedback")
    embed_model: str = Field("static", description="'static' (ships, offline) or 'openai:<model>'")
    reader: bool = Field(True, description="read the best abstracts closely before answering; false: judge by their words alone")
    chroma_url: str | None = Field(None, description="a Chroma server, e.g. http://localhost:8000; unset: a local file")
    chroma_api_key: SecretStr | None = Field(None, description="token for a Chroma server or Chroma Cloud")
    chroma_tenant: str = Field("default_tenant", description="tenant on the Chroma server; in Cloud the key tells it")
    chroma_database: str = Field("default_database", description="database on the Chroma server; in Cloud the key may tell it")
    chroma_words: bool = Field(True, description="let a Chroma server that can (Cloud) search words; false: this machine's own index does")
    chroma_timeout: float = Field(120.0, gt=0, le=_LONGEST, description="seconds that a Chroma server may stay silent")
    arxiv_url: str = Field("https://export.arxiv.org/api/query", description="arXiv's API, for `paperchat add arxiv:...`")
    hf_url: str = Field("https://huggingface.co", description="Hugging Face's site, for `paperchat add --hf-daily`")
    openalex_url: str = Field("https://api.openalex.org", description="OpenAlex's API, for DOIs and `--fetch-abstracts`")
    crossref_url: str = Field("https://api.crossref.org", description="Crossref's API, for DOIs that OpenAlex lacks")
    zotero_url: str = Field("http://127.0.0.1:23119/api", description="a running Zotero's API, for `paperchat add zotero:`")
    llm_model: str | None = Field(None, description="name of the language model; unset: answers quote the abstracts")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY", description="key for the endpoint")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL", description="an OpenAI-compatible endpoint")
    llm_context_window: int = Field(32_768, ge=2_048, le=_MOST, description="tokens that the model can read")
    llm_max_tokens: int = Field(2_048, ge=64, le=_MOST, description="tokens that an answer may have")
    llm_temperature: float = Field(0.0, ge=0, le=2, description="0: the same question gets the same answer")
    llm_timeout: float = Field(60.0, gt=0, le=_LONGEST, description="seconds that the model may stay silent")
    llm_answer_timeout: float = Field(300.0, gt=0, le=_LONGEST, description="seconds that the model may take for one whole answer")
    llm_retries: int = Field(2, ge=0, le=_MOST, description="tries after a failed call")
    llm_concurrency: int = Field(4, ge=1, le=_MOST, description="model calls at a time; unless set, one for an endpoint on this machine")
    llm_understanding: bool = Field(True, description="let the model rewrite the question in the field's terms, where that may help")
    llm_trust: Literal["exam", "all", "single", "write"] = Field(
        "exam", description="what the model may do: 'exam' finds out at first use; 'all', 'single' (judge one by one), 'write' (judge not)"
    )
    llm_pool: int = Field(60, ge=10, le=200, description="papers that the model judges for a list; more while it still finds some")
    llm_batch: int = Field(12, ge=1, le=40, description="papers that the model judges in one call")
    llm_repairs: int = Field(4, ge=0, le=_MOST, description="sentences of an answer that the model may be asked to correct")
    llm_confirm: bool = Field(
        True, description="ask a model that judged well in its exam which of its sentences the abstracts do not support, in one call"
    )
    cache: bool = Field(True, description="keep answers that a model wrote")
    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN", description="Slack bot token, xoxb-...")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN", description="xapp-...: Socket Mode")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET", description="Slack's events over HTTP")
    slack_workspaces: str = Field("", description="workspace ids that may ask, with commas; empty: every one")
    slack_channels: str = Field("", description="channel ids where the bot answers, with commas; empty: every one it is in")
    slack_direct_messages: bool = Field(True, description="answer direct messages")
    slack_follow_ups: bool = Field(True, description="answer without a mention in threads that the bot took part in")
    slack_workers: int = Field(4, ge=1, le=64, description="Slack questions answered at a time")
    slack_queue: int = Field(500, ge=1, le=_MOST, description="Slack questions that may wait; further ones are asked to come back")
    slack_edit_seconds: float = Field(1.2, ge=0, le=_LONGEST, description="seconds between edits of growing answers, all threads together")
    slack_streaming: bool = Field(True, description="let answers grow by Slack's own streaming, where the workspace has it; else by edits")
    slack_standing: str = Field("", description="'C0123=question; C0456=question': posted there when new papers answer it")
    slack_standing_minutes: float = Field(10, gt=0, le=_LONGEST, description="minutes between looks for new papers")
    slack_host: str = Field("127.0.0.1", description="address that the HTTP mode of the Slack bot binds to")
    slack_port: int = Field(3000, ge=0, le=65_535, description="its port; 0: any free one")
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API, or another cloud's")

    public_host: str = Field("", description="names by which people reach the page through a proxy, with commas: papers.example.org")
    page_user: str | None = Field(None, description="user who may enter the page; needed where others can reach it")
    page_password: SecretStr | None = Field(None, description="that user's password")
    mcp: bool = Field(False, description="let the page serve MCP tools, too (needs the extra 'mcp')")

    @field_validator("home", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """A folder that is named: an empty name would be the folder that one happens to be in."""
        if isinstance(value, str) and not value.strip():
            raise ValueError("it is empty; name a folder for the data, or unset it")
        return Path(value).expanduser() if isinstance(value, str) else value

    def sites(self) -> Sites:
        """Addresses of the services that papers are fetched from."""
        return Sites(self.arxiv_url, self.openalex_url, self.crossref_url, self.zotero_url)

    @property
    def index_path(self) -> Path:
        return self.home / "index"

    def shown(self) -> dict[str, str]:
        """Settings as text for a person, secrets masked, and what a URL may hide (a password, a key in its query)."""
        return {name: _masked(name, getattr(self, name)) for name in type(self).model_fields}


def _masked(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return "***"
    if value is None:
        return "(not set)"
    return masked_url(value) if name.endswith("_url") else str(value)


def masked_url(url: str) -> str:
    """A URL, or what was meant as one, to be shown: `***` for a user's name and password, for a query, and for keys in its path."""
    scheme, slashes, rest = url.partition("://") if "://" in url else ("", "", url)
    # The last @ counts, wherever it is: a password may hold bare slashes and question marks.
    _, at, place = rest.rpartition("@")
    place, *hidden = re.split(r"[?#]", place, maxsplit=1)
    host, slash, path = place.partition("/")
    return printable(f"{scheme}{slashes}{'***@' if at else ''}{host}{slash}{masked_path(path)}{'?***' if hidden else ''}")


def masked_path(path: str) -> str:
    """A URL's path, `***` for each part that looks like a key: letters and digits as no name has them."""
    return printable("/".join("***" if _KEY.search(part) else part for part in path.split("/")))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as documentation shows it: its field, the variable that sets it, default and meaning."""

    name: str
    variable: str
    default: str
    meaning: str


def settings_of(config: type[Config] = Config) -> list[Setting]:
    """Every setting, in the order of its declaration."""
    return [_setting(name, field) for name, field in config.model_fields.items()]


def _setting(name: str, field: FieldInfo) -> Setting:
    variable = field.validation_alias if isinstance(field.validation_alias, str) else f"PAPERCHAT_{name.upper()}"
    default = "the platform's user data folder" if field.default_factory else field.default
    text = str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)
    return Setting(name, variable, text, field.description or "")


def markdown_table() -> str:
    """The settings as the table of the documentation."""
    rows = (f"| `{s.variable}` | {s.default} | {s.meaning} |\n" for s in settings_of())
    return "| setting | default | meaning |\n|---|---|---|\n" + "".join(rows)


def load_config(**given: Any) -> Config:
    """Config of the environment with `given` on top. Raises ConfigError naming the setting at fault."""
    try:
        return Config(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        shown = name if name.isupper() else f"PAPERCHAT_{name.upper()}"
        raise ConfigError(f"{shown}: {first['msg'].removeprefix('Value error, ')}") from None
