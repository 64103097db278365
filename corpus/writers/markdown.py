"""Papers as a Markdown list of references, for a person; not read back."""

import re

from corpus.paper import Paper

_WEB = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|!~])")
_MOST_AUTHORS = 10


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, whatever it holds."""
    return _SIGNS.sub(r"\\\1", text)


def web_link(url: str | None) -> str:
    """An address in angle brackets; empty for what is no address of the web, `javascript:` for one."""
    return f"<{url}>" if url and _WEB.fullmatch(url) else ""


def markdown_entry(paper: Paper) -> str:
    """A paper: title, authors, date, venue and link, then its abstract."""
    authors = ", ".join(paper.authors[:_MOST_AUTHORS]) + (" et al." if len(paper.authors) > _MOST_AUTHORS else "")
    known = [part for part in (authors, paper.venue, paper.organisation, paper.published) if part]
    link = web_link(paper.url)
    lines = [
        f"## {_plain(paper.title)}",
        "",
        ". ".join([*map(_plain, known), *([link] if link else [])]),
        "",
        _plain(paper.abstract) or "*Title only: no abstract is held.*",
    ]
    return "\n".join(lines).replace("\n\n\n", "\n") + "\n\n"
