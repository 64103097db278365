"""Ids and addresses: every spelling of an arXiv id or a DOI in one form, and links that a page may show."""

import re
from hashlib import blake2b
from typing import Any

from corpus.clean import clean

_URL = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|huggingface\.co|[\w-]+\.github\.io)/?\S*")
_ARCHIVES = "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"  # noqa: E501
_NUMBER = rf"(?P<new>\d{{2}}(?:0[1-9]|1[0-2])\.\d{{4,5}})|(?P<old>(?:{_ARCHIVES}))(?:\.[a-z-]{{2,}})?/(?P<serial>\d{{7}})"
_SITE = r"(?:(?:https?://)?(?:[\w-]+\.)*(?:arxiv\.org|ar5iv\.org|alphaxiv\.org|arxiv\.dev)/(?:abs|pdf|html|format|ps|e-print|src|list|overview|papers)/)"
_ARXIV = re.compile(
    rf"(?:{_SITE}|(?:https?://)?(?:www\.)?huggingface\.co/papers/|(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.|arxiv\s*:\s*(?:abs/)?)?"
    rf"(?:{_NUMBER})(?:v\d+)?(?:\.pdf|\.ps(?:\.gz)?)?/?(?:[?#]\S*)?(?:\s*\[[\w.-]+(?:,?\s[\w.-]+)*\])?",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(rf"\barxiv(?:\s*:\s*|\s+(?:preprint\s+)?|\.org/\w+/)(?:{_NUMBER})", re.IGNORECASE)
_DOI = re.compile(
    r"(?:(?:https?://)?(?:dx\.|www\.|[\w-]+\.proxy\.)?doi\.org/|(?:https?://)?(?:[\w.-]+/)?doi/(?:abs/|full/|pdf/)?|doi\s*(?::\s*)?)?(10\.\d{4,9}/\S+)",
    re.IGNORECASE,
)
_MAX_ID, _FORMER_ID = 128, 200
"""Bytes of an id, what Chroma Cloud takes; characters that earlier versions kept."""


def _of(found: re.Match[str] | None) -> str | None:
    if not found:
        return None
    return f"arxiv:{found['new']}" if found["new"] else f"arxiv:{found['old'].lower()}/{found['serial']}"


def arxiv_id(text: str) -> str | None:
    """`arxiv:2406.01234` of an arXiv id, address or DOI in any form, without its version; None for anything else."""
    return _of(_ARXIV.fullmatch(text.strip()))


def arxiv_id_in(text: str) -> str | None:
    """The arXiv id that a text such as `arXiv preprint arXiv:2406.01234` names."""
    return _of(_IN_TEXT.search(text))


def arxiv_url(paper_id: str) -> str:
    """The web address of `arxiv:2406.01234`."""
    return f"https://arxiv.org/abs/{paper_id.removeprefix('arxiv:')}"


def doi(text: str) -> str | None:
    """`doi:10.1000/x` of a DOI in any form, an address of its resolver included; None for anything else."""
    found = _DOI.fullmatch(text.strip())
    if not found:
        return None
    name = re.split(r"[?#](?=\w+=)", found.group(1))[0] if "://" in text else found.group(1)
    return f"doi:{name.rstrip('.,;').lower()}"


def url_of(paper_id: str) -> str | None:
    """Where the paper of an arXiv id or a DOI is to be found."""
    if paper_id.startswith("arxiv:"):
        return arxiv_url(paper_id)
    return web_url(f"https://doi.org/{paper_id.removeprefix('doi:')}") if paper_id.startswith("doi:") else None


def _bounded(paper_id: str) -> list[str]:
    """The id; of a longer one its beginning with a digest of the whole, and what earlier versions made of it."""
    written = paper_id.encode(errors="replace")
    if len(written) <= _MAX_ID:
        return [paper_id]
    short = f"{written[: _MAX_ID - 20].decode(errors='ignore')}...{blake2b(written, digest_size=8).hexdigest()}"
    return [short, paper_id[:_FORMER_ID]]


def known_ids(*candidates: Any) -> list[str]:
    """The ids given, each in one form for all its spellings: `arxiv:...`, `doi:...`, else as it is."""
    found = []
    for candidate in candidates:
        if isinstance(candidate, str) and (arxiv := arxiv_id(candidate)):  # most ids: there is nothing to clean
            found.append(arxiv)
            continue
        text = clean(str(candidate)) if isinstance(candidate, (str, int)) else ""
        if arxiv := arxiv_id(text):
            found.append(arxiv)
        elif named := doi(text):
            found += _bounded(named)
        elif text:
            found += _bounded(text)
    return list(dict.fromkeys(found))


def known_id(*candidates: Any) -> str | None:
    """The first id given; see `known_ids`."""
    return next(iter(known_ids(*candidates)), None)


def global_id(value: Any) -> str | None:
    """An arXiv id or a DOI in its one form; None for anything else, an address of another site included."""
    text = value.strip() if isinstance(value, str) else ""
    return arxiv_id(text) or doi(text)


def code_urls(text: str) -> tuple[str, ...]:
    """Links in the text that lead to code or a project page, in order, without trailing punctuation."""
    if "http" not in text:
        return ()
    urls = (url.rstrip(".,;:!?)'\"") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url for url in urls if _CODE_HOST.fullmatch(url)))


def web_url(value: Any) -> str | None:
    """Only http(s): another scheme (`javascript:`) must never reach a page as a link."""
    if not isinstance(value, str) or not value.isprintable() or not _URL.fullmatch(value):
        return None
    place = value.split("/", 3)[2]
    return None if "@" in place else value  # https://arxiv.org@evil.example/ looks like another site's
