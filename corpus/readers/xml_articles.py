"""Articles in the XML of archives: JATS (PubMed Central, publishers), MODS (Zotero, libraries), Europe PMC's, Dublin Core (OAI)."""

from typing import Any

from corpus.readers.dates import iso_date, most_exact
from corpus.readers.ids import arxiv_id, doi, global_id
from corpus.readers.people import person
from corpus.readers.xml_parts import all_of, local, one_of, text_of, texts


def jats(element: Any) -> dict[str, Any]:
    """An article's head; of its text nothing is read."""
    meta = one_of(element, "article-meta")
    authors = [who for who in all_of(meta, "contrib") if who.get("contrib-type", "author") == "author"]
    abstracts = all_of(meta, "abstract")
    plain = next((one for one in abstracts if not one.get("abstract-type")), None)
    return {
        "aliases": [found for child in all_of(meta, "article-id") if child.get("pub-id-type") in ("doi", "arxiv", "preprint")
                    and (found := global_id(text_of(child)) or arxiv_id(f"arxiv:{text_of(child)}"))],
        "title": text_of(one_of(meta, "article-title")),
        "abstract": "\n".join(texts(plain, "p")) or text_of(plain if plain is not None else one_of(meta, "abstract")),
        "authors": tuple(name for who in authors if (name := _contributor(who))),
        "published": most_exact(*(_jats_date(date) for date in all_of(meta, "pub-date"))),
        "venue": text_of(one_of(element, "journal-title")),
        "url": next((child.get(name) for child in all_of(meta, "self-uri") for name in child.attrib if local(name) == "href"), None),
        "keywords": texts(meta, "kwd"),
    }  # fmt: skip


def _contributor(who: Any) -> str:
    family, given = text_of(one_of(who, "surname")), text_of(one_of(who, "given-names"))
    return f"{given} {family}".strip() or person(text_of(one_of(who, "string-name"))) or text_of(one_of(who, "collab"))


def _jats_date(date: Any) -> str:
    parts = [text_of(one_of(date, part)) for part in ("year", "month", "day")]
    return "-".join(part.zfill(2) for part in parts if part.isdigit()) or date.get("iso-8601-date") or text_of(date)


def mods(element: Any) -> dict[str, Any]:
    own = [child for child in element if local(child.tag) == "titleInfo"]
    title, subtitle = (text_of(one_of(own[0], part)) if own else "" for part in ("title", "subTitle"))
    host = next((item for item in all_of(element, "relatedItem") if item.get("type") in ("host", "series")), None)
    names = [who for who in all_of(element, "name") if _is_author(who)]
    return {
        "aliases": [found for child in all_of(element, "identifier") if (found := global_id(text_of(child)))],
        "title": f"{title}: {subtitle}" if title and subtitle else title,
        "abstract": text_of(one_of(element, "abstract")),
        "authors": tuple(name for who in names if (name := _mods_name(who))),
        "published": most_exact(*(found for name in ("dateIssued", "copyrightDate", "dateCreated") for found in texts(element, name))),
        "venue": text_of(one_of(host, "titleInfo", "title")),
        "url": next((url for url in texts(element, "location", "url") if url.startswith("http")), None),
        "keywords": texts(element, "subject", "topic"),
    }


def _is_author(who: Any) -> bool:
    roles = [role.lower() for role in texts(who, "roleTerm")]
    return not roles or any(role in ("aut", "author", "cre", "creator") for role in roles)


def _mods_name(who: Any) -> str:
    parts = {child.get("type") or "whole": text_of(child) for child in all_of(who, "namePart")}
    return f"{parts.get('given', '')} {parts.get('family', '')}".strip() or person(parts.get("whole", ""))


_EUROPE_PMC_DATES = ("firstPublicationDate", "printPublicationDate", "pubYear")


def europe_pmc(element: Any) -> dict[str, Any]:
    listed = one_of(element, "authorList")
    names = tuple(
        name
        for who in all_of(listed, "author")
        if (
            name := f"{text_of(one_of(who, 'firstName'))} {text_of(one_of(who, 'lastName'))}".strip()
            or text_of(one_of(who, "collectiveName")) or text_of(one_of(who, "fullName"))
        )
    )  # fmt: skip
    return {
        "aliases": [found for text in texts(element, "doi")[:1] if (found := doi(text))],
        "title": text_of(one_of(element, "title")).removesuffix("."),
        "abstract": text_of(one_of(element, "abstractText")),
        "authors": names or text_of(one_of(element, "authorString")),
        "published": most_exact(*(date for name in _EUROPE_PMC_DATES for date in texts(element, name))),
        "venue": text_of(one_of(element, "journal", "title")) or text_of(one_of(element, "journalTitle")),
        "url": next((url for url in texts(element, "fullTextUrl", "url") if url.startswith("http")), None),
        "keywords": texts(element, "keyword"),
    }  # fmt: skip


def dublin_core(element: Any) -> dict[str, Any]:
    """Of several descriptions the longest: others are notes. Its dates are also those of its entry; the first is told by most archives."""
    ids = [text for name in ("identifier", "relation") for text in texts(element, name)]
    return {
        "aliases": [found for text in ids if (found := arxiv_id(text) or doi(text))],
        "title": text_of(one_of(element, "title")),
        "abstract": max(texts(element, "description"), key=len, default=""),
        "authors": tuple(name for text in texts(element, "creator") if (name := person(text))),
        "published": min((date for text in texts(element, "date") if (date := iso_date(text))), default=None),
        "venue": text_of(one_of(element, "source")) or None,
        "url": next((text for text in ids if text.startswith("http")), None),
        "keywords": texts(element, "subject"),
    }


def is_article(name: str, element: Any) -> bool:
    """Whether an element of such a name is one of these, and not another program's."""
    if name == "result":
        return bool(all_of(element, "title")) and bool(all_of(element, "source"))
    return bool(all_of(element, "article-meta" if name == "article" else "title"))


ARTICLES = {"article": jats, "mods": mods, "result": europe_pmc, "dc": dublin_core}
