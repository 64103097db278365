"""Exports as the common programs write them: what is read of each, and the table of it in corpus/README.md."""

from pathlib import Path
from typing import Any

import pytest

from corpus import Paper, read
from corpus.readers.records import CorpusError, TitleOnly

EXPORTS = Path(__file__).parent / "exports"
README = Path(__file__).parents[2] / "corpus" / "README.md"

# fmt: off
EXPECTED: dict[str, tuple[Any, ...]] = {
    # file: program, paper_id, aliases, authors, published, venue, keywords, citation_key, url, whether it has an abstract
    "acl_anthology.bib": ("ACL Anthology, BibTeX", "doi:10.18653/v1/2024.acl-long.999", (), ("Jane Doe", "Rita Roe"), "2024-08", "Proceedings of the 62nd Annual Meeting of the Association for Computational Linguistics (Volume 1: Long Papers)", (), "doe-roe-2024-gadget", "https://aclanthology.org/2024.acl-long.999/", True),
    "acm.bib": ("ACM Digital Library, BibTeX", "doi:10.1145/3580305.3599999", (), ("Jane Doe", "Rita Roe"), "2023", "Proceedings of the 29th ACM SIGKDD Conference on Knowledge Discovery and Data Mining", ("gadgets", "decoding"), "10.1145/3580305.3599999", "https://doi.org/10.1145/3580305.3599999", True),
    "arxiv.atom": ("arXiv's API, Atom", 'arxiv:2406.01234', ('doi:10.1000/jg.2024.7',), ('Jane Doe', 'Rita Roe'), '2024-06-03', 'Journal of Gadgets 3 (2024)', ('cs.CL',), None, 'http://arxiv.org/abs/2406.01234v2', True),
    "asreview.csv": ("ASReview, CSV", "doi:10.1000/jg.2023.7", (), ("J. Doe", "R. Roe"), "2023", None, ("decoding", "gadgets"), None, "https://doi.org/10.1000/jg.2023.7", True),
    "better_bibtex.bib": ("Better BibTeX, BibLaTeX", "arxiv:2406.01234", ("doi:10.1000/jg.2024.7",), ("Jane Doe", "Jan van der Berg"), "2024-06-03", "Journal of Gadgets", ("decoding", "gadgets"), "doe2024gadget", "https://example.org/jg/7", True),
    "crossref.json": ("Crossref's API, JSON", 'doi:10.1000/jg.2023.7', (), ('Jane Doe', 'Rita Roe'), '2023-06-19', 'Journal of Gadgets', (), None, 'http://dx.doi.org/10.1000/jg.2023.7', True),
    "csl.json": ("Zotero and pandoc, CSL-JSON", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Jan van der Berg", "Gadget Group"), "2023-06-19", "Journal of Gadgets", (), "doe2023gadget", "https://example.org/jg/7", True),
    "dblp.bib": ("DBLP, BibTeX", "arxiv:2406.01234", (), ("Tomás Kociský", "Jane Doe"), "2024", "CoRR", (), "DBLP:journals/corr/abs-2406-01234", "https://doi.org/10.48550/arXiv.2406.01234", False),
    "dblp.json": ("DBLP's API, JSON", 'arxiv:2406.01234', (), ('Jane Doe', 'Rita Roe'), '2024', 'CoRR', (), None, 'https://doi.org/10.48550/arXiv.2406.01234', False),
    "ebsco.csv": ("EBSCO, CSV (Windows-1252)", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Jörg Müller"), "2023-06", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://doi.org/10.1000/jg.2023.7", True),
    "endnote.enw": ("EndNote, .enw", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://example.org/jg/7", True),
    "endnote.xml": ("EndNote, XML", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://example.org/jg/7", True),
    "excel_semicolon.csv": ("Excel, CSV (semicolons, `sep=`, Latin-1)", "gadget-decoding-at-scale-111c24b0", (), ("Jörg Müller", "Jane Doe"), "2023", None, (), None, "https://example.org/jg/7", True),
    "google_scholar.bib": ("Google Scholar, BibTeX", "arxiv:2406.01234", (), ("Tomáš Kočiský", "Jane Doe"), "2024", "arXiv preprint arXiv:2406.01234", (), "kocisky2024gadget", "https://arxiv.org/abs/2406.01234", False),
    "google_scholar.enw": ("Google Scholar, .enw", "arxiv:2406.01234", (), ("Jane Doe", "Rita Roe"), "2024", "arXiv preprint arXiv:2406.01234", (), None, "https://arxiv.org/abs/2406.01234", False),
    "ieee.bib": ("IEEE Xplore, BibTeX", "doi:10.1109/icg55555.2023.10001234", (), ("Jane Doe", "Rita Roe"), "2023", "2023 IEEE International Conference on Gadgets (ICG)", ("Gadgets", "Decoding", "Costs"), "10001234", "https://doi.org/10.1109/icg55555.2023.10001234", True),
    "ieee.csv": ("IEEE Xplore, CSV", "doi:10.1109/icg55555.2023.10001234", (), ("J. Doe", "R. Roe"), "2023", "2023 IEEE International Conference on Gadgets (ICG)", ("Gadgets", "Decoding"), None, "https://ieeexplore.ieee.org/stamp/stamp.jsp?arnumber=10001234", True),
    "ieee.ris": ("IEEE Xplore, RIS", "doi:10.1109/icg55555.2023.10001234", (), ("J. Doe", "R. Roe"), "2023-06", "2023 IEEE International Conference on Gadgets (ICG)", ("Gadgets", "Decoding"), None, "https://doi.org/10.1109/icg55555.2023.10001234", True),
    "jabref.bib": ("JabRef, BibTeX", "doi:10.1000/jg.2024.7", (), ("Jane Doe", "Jörg Müller"), "2024-06", "Journal of Gadgets", ("decoding", "gadgets"), "Doe2024", "https://example.org/jg/7", True),
    "mendeley.bib": ("Mendeley, BibTeX", "arxiv:2406.01234", ("doi:10.1000/jg.2024.7",), ("Jane Doe", "Jörg Müller"), "2024-06", "Journal of Gadgets", ("decoding", "gadgets"), "Doe2024", "http://arxiv.org/abs/2406.01234", True),
    "mendeley.ris": ("Mendeley, RIS", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://example.org/jg/7", True),
    "openalex.csv": ("OpenAlex, CSV", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", (), None, "https://doi.org/10.1000/jg.2023.7", True),
    "openalex.json": ("OpenAlex's API, JSON", 'doi:10.1000/jg.2023.7', ('arxiv:2406.01234',), ('Jane Doe', 'Rita Roe'), '2023-06-19', 'Journal of Gadgets', ('Gadget',), None, 'https://doi.org/10.1000/jg.2023.7', True),
    "openreview.bib": ("OpenReview, BibTeX", "gadget-decoding-at-scale-111c24b0", (), ("Jane Doe", "Rita Roe"), "2024", "The Twelfth International Conference on Learning Representations", (), "doe2024gadget", "https://openreview.net/forum?id=aBcDeFgHiJ", False),
    "openreview.json": ("OpenReview's API, JSON", 'openreview:aBcDeFgHiJ', (), ('Jane Doe', 'Rita Roe'), '2024-01-16', 'ICLR 2024 poster', ('decoding', 'gadgets'), None, 'https://openreview.net/forum?id=aBcDeFgHiJ', True),
    "pubmed.nbib": ("PubMed, .nbib", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of gadgets", ("decoding", "gadgets"), None, "https://doi.org/10.1000/jg.2023.7", True),
    "pubmed.xml": ("PubMed, XML", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Gadget Group"), "2023-06-19", "Journal of gadgets", ("decoding", "gadgets"), None, "https://pubmed.ncbi.nlm.nih.gov/38000001/", True),
    "refworks.txt": ("RefWorks, tagged", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://example.org/jg/7", True),
    "scopus.csv": ("Scopus, CSV", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023", "Journal of Gadgets", ("decoding", "gadgets"), None, "https://www.scopus.com/inward/record.uri?eid=2-s2.0-1", True),
    "scopus.ris": ("Scopus, RIS", "doi:10.1000/jg.2023.7", (), ("J. Doe", "R. Roe"), "2023", "Journal of Gadgets", ("Decoding", "Gadgets"), None, "https://www.scopus.com/inward/record.uri?eid=2-s2.0-1", True),
    "semantic_scholar.csv": ("Semantic Scholar, CSV", "0123456789abcdef", (), ("Jane Doe", "Rita Roe"), "2024", "Conference on Gadgets", (), None, "https://www.semanticscholar.org/paper/0123456789abcdef", True),
    "semantic_scholar.json": ("Semantic Scholar's API, JSON", 'arxiv:2406.01234', (), ('Jane Doe', 'Rita Roe'), '2024-06-03', 'Conference on Gadgets', ('Computer Science',), None, 'https://www.semanticscholar.org/paper/0123456789abcdef0123456789abcdef01234567', True),
    "springer.ris": ("Springer, RIS", "doi:10.1007/s00000-023-00007-7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", (), "Doe2023", "https://doi.org/10.1007/s00000-023-00007-7", True),
    "web_of_science.tsv": ("Web of Science, TSV (UTF-16)", "doi:10.1000/jg.2023.7", (), ("J Doe", "R Roe"), "2023", "JOURNAL OF GADGETS", ("decoding", "gadgets"), None, "https://doi.org/10.1000/jg.2023.7", True),
    "web_of_science.txt": ("Web of Science, tagged", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "JOURNAL OF GADGETS", ("decoding", "gadgets", "COSTS"), None, "https://doi.org/10.1000/jg.2023.7", True),
    "zotero.bib": ("Zotero, BibTeX", "arxiv:2406.01234", (), ("Jane Doe", "Tomáš Kočiský"), "2024-06", None, ("Computer Science - Computation and Language", "gadgets"), "doe_gadget_2024", "http://arxiv.org/abs/2406.01234", True),
    "zotero.csv": ("Zotero, CSV", "doi:10.1000/jg.2023.7", (), ("Jane Doe", "Rita Roe"), "2023-06-19", "Journal of Gadgets", ("gadgets", "decoding"), None, "https://example.org/jg/7", True),
    "zotero.json": ("Zotero's API, JSON", 'arxiv:2406.01234', (), ('Jane Doe', 'Gadget Group'), '2024-06-03', 'arXiv', ('gadgets',), 'doe2024gadget', 'http://arxiv.org/abs/2406.01234', True),
    "zotero.ris": ("Zotero, RIS", "arxiv:2406.01234", (), ("Jane Doe", "Tomáš Kočiský"), "2024-06-03", "Journal of Gadgets", ("decoding", "gadgets"), None, "http://arxiv.org/abs/2406.01234", True),
}
# fmt: on

COLUMNS = ("title", "abstract", "authors", "date", "venue", "DOI or arXiv id", "address", "keywords", "citation key")


def _read(name: str) -> Paper:
    """The one paper of an export; one without an abstract as it is held."""
    refused: list[CorpusError] = []
    papers = list(read(EXPORTS / name, refused.append))
    papers += [error.paper for error in refused if isinstance(error, TitleOnly)]
    assert not [error for error in refused if not isinstance(error, TitleOnly)]
    [paper] = papers
    return paper


def test_every_example_is_expected() -> None:
    assert {path.name for path in EXPORTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_export_is_read_whole(name: str) -> None:
    paper = _read(name)
    known = (paper.paper_id, paper.aliases, paper.authors, paper.published, paper.venue, paper.keywords, paper.citation_key, paper.url)
    assert (*known, bool(paper.abstract)) == EXPECTED[name][1:]
    assert paper.title.lower().startswith("gadget decoding at scale") and not set(paper.title) & set("{}\\<>")
    assert not paper.abstract or ("gadgets" in paper.abstract and not set(paper.abstract) & set("{}\\<>"))
    assert paper.author_count == len(paper.authors) and paper.sources == (name,)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_told_by_its_content(name: str, tmp_path: Path) -> None:
    """The same under a name that says nothing, and under one that is wrong."""
    for other in ("export", "export.txt", "export.ris" if not name.endswith(".ris") else "export.bib"):
        path = tmp_path / other
        path.write_bytes((EXPORTS / name).read_bytes())
        refused: list[CorpusError] = []
        papers = list(read(path, refused.append)) + [error.paper for error in refused if isinstance(error, TitleOnly)]
        assert [paper.paper_id for paper in papers] == [EXPECTED[name][1]], (other, refused)


def _table() -> str:
    """Source program -> fields read, as Markdown."""
    lines = ["| from | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name in sorted(EXPECTED, key=lambda name: EXPECTED[name][0].lower()):
        paper = _read(name)
        ids = paper.paper_id.startswith(("doi:", "arxiv:"))
        held = (
            paper.title,
            paper.abstract,
            paper.authors,
            paper.published,
            paper.venue,
            ids,
            paper.url,
            paper.keywords,
            paper.citation_key,
        )
        lines.append(f"| {EXPECTED[name][0]} | " + " | ".join("✓" if value else "" for value in held) + " |")
    return "\n".join(lines)


def test_the_table_in_the_readme_is_what_is_read() -> None:
    assert _table() in README.read_text("utf-8"), _table()
