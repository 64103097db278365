"""Addresses of the services that papers are fetched from, when an id or a library of theirs is named."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sites:
    """Their APIs; each may be another's that speaks the same."""

    arxiv: str = "https://export.arxiv.org/api/query"
    openalex: str = "https://api.openalex.org"
    crossref: str = "https://api.crossref.org"
    zotero: str = "http://127.0.0.1:23119/api"
