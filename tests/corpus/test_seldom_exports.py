"""Exports of programs and archives that are met less often, written before the readers were looked at, and the table of them in corpus/README.md."""

import re
from pathlib import Path
from typing import Any

import pytest

from corpus import Paper, read
from corpus.readers.links import Listed, listed_in
from corpus.readers.records import CorpusError, TitleOnly
from tests.corpus.test_exports import COLUMNS, README

EXPORTS = Path(__file__).parent / "exports_seldom"

# fmt: off
EXPECTED: dict[str, tuple[Any, ...]] = {
    # file: program, papers, of them by title only, and of the first: title, paper_id, aliases, authors, published, venue, keywords, citation_key, url, abstract?
    "ads.bib": ("NASA ADS, BibTeX", 1, 0, 'Finding Galaxies with ∼7% of the Labels', 'arxiv:2105.12345', (), ('Zoltán Varga', 'Els van der Meer', 'The Sky Team'), '2021-05', 'arXiv e-prints', ('Astrophysics - Instrumentation and Methods for Astrophysics', 'Computer Science - Machine Learning'), '2021arXiv210512345V', 'https://arxiv.org/abs/2105.12345', True),
    "ads.json": ("NASA ADS's API, JSON", 1, 0, 'Finding galaxies with ~7% of the labels', 'doi:10.5555/mnras/stab1', ('arxiv:2105.12345',), ('Zoltán Varga', 'Els van der Meer'), '2021-05', 'Monthly Notices of the Royal Astronomical Society', ('galaxies: general', 'methods: data analysis'), None, 'https://doi.org/10.5555/mnras/stab1', True),
    "arxiv_oai.xml": ("arXiv's OAI, XML", 1, 0, 'Parsing Without Trees: a Flat Account', 'arxiv:2110.00033', ('doi:10.5555/flat.2.1',), ('Ida Sørensen', 'Luis Castro, Jr'), '2021-10-01', 'Flat Parsing 2 (2022) 1-9', ('cs.CL', 'cs.LG'), None, 'https://arxiv.org/abs/2110.00033', True),
    "biorxiv.json": ("bioRxiv's API, JSON", 2, 0, 'Neurons that count to four', 'doi:10.1101/2023.05.01.538000', (), ('L. Bauer', 'K. A. Osei', 'The Counting Consortium'), '2023-05-02', 'bioRxiv', ('neuroscience',), None, 'https://doi.org/10.1101/2023.05.01.538000', True),
    "cinii.json": ("CiNii, JSON-LD", 1, 1, 'Segmenting Japanese Without a Dictionary', 'doi:10.5555/seg.28.1', (), ('Sato Hana', 'Mori Ken'), '2021-03-15', 'Journal of Segments', ('segmentation',), None, 'https://doi.org/10.5555/seg.28.1', True),
    "citavi.bib": ("Citavi, BibTeX", 1, 1, 'One Pass Retrieval', 'doi:10.5555/jr.2022.4.12', (), ('Maja Lindström', 'Jürgen Vogel'), '2022', 'Journal of Retrieval', ('retrieval', 'language models'), 'Lindstrom.2022', 'https://doi.org/10.5555/jr.2022.4.12', True),
    "citavi.ris": ("Citavi, RIS", 1, 0, 'One Pass Retrieval', 'doi:10.5555/jr.2022.4.12', (), ('Maja Lindström', 'Jürgen Vogel'), '2022', 'Journal of Retrieval', ('retrieval', 'language models'), None, 'https://doi.org/10.5555/jr.2022.4.12', True),
    "constellate.jsonl": ("JSTOR's Constellate, JSON lines", 1, 1, 'Counting Words before Computers', 'http://www.jstor.org/stable/1234567', ('doi:10.2307/1234567',), ('Harriet Greene', 'Musa Bello'), '1987-04-01', 'Words and History', ('concordance',), None, 'http://www.jstor.org/stable/1234567', True),
    "core.json": ("CORE's API, JSON", 1, 0, 'Speech Without Spectra', 'arxiv:2108.08080', ('doi:10.5555/core.1',), ('Deniz Yilmaz', 'Amy Fox'), '2021-08-18', 'Waves', (), None, 'https://core.ac.uk/works/1', True),
    "covidence.csv": ("Covidence, CSV", 1, 1, 'Reading Order Matters for Table Models', 'doi:10.5555/jt.2020.3.1', (), ('N. Abara', 'Leo Quint'), '2020', 'Journal of Tables', (), None, 'https://doi.org/10.5555/jt.2020.3.1', True),
    "csl.yaml": ("Better BibTeX and pandoc, CSL-YAML", 1, 0, 'Speech Without Spectra: Raw Waves', 'doi:10.5555/core.1', (), ('Deniz Yilmaz', 'Amy Fox'), '2021-08', 'Waves', (), 'yilmaz2021', 'https://doi.org/10.5555/core.1', True),
    "datacite.json": ("DataCite's API, JSON", 1, 0, 'Weather in a Bottle', 'doi:10.5555/dc.1', (), ('Sara Haile', 'Example Institute'), '2022-10-04', 'Small Weather', ('weather models',), None, 'https://example.org/dc1', True),
    "dimensions.csv": ("Dimensions, CSV", 1, 1, 'Tokenizers Decide What Models Count', 'doi:10.5555/tok.2022.7', (), ('Rana Haddad', 'Sean O’Neill'), '2022-11-05', 'Transactions on Tokens', (), None, 'https://doi.org/10.5555/tok.2022.7', True),
    "doaj.json": ("DOAJ's API, JSON", 1, 0, 'Moisture by the Metre', 'doi:10.5555/soil.2022.9', (), ('Inês Matos', 'Peter Hall'), '2022-06', 'Soil Models', ('soil', 'moisture'), None, 'https://soil.example.org/9', True),
    "elicit.csv": ("Elicit, CSV", 1, 1, 'Reading Aloud Improves Models, Too', 'doi:10.5555/aloud.1', (), ('Joana Reis', 'Karl Weber'), '2022', 'Speech Reports', (), None, 'https://doi.org/10.5555/aloud.1', True),
    "europe_pmc.json": ("Europe PMC's API, JSON", 1, 0, 'Protein Models Know Their Folds.', 'doi:10.5555/bio.2022.1', (), ('Adeyemi T', 'Moretti G'), '2022-07-19', 'Computational Folds', ('Protein folding',), None, 'https://doi.org/10.5555/bio.2022.1', True),
    "europe_pmc.xml": ("Europe PMC's API, XML", 2, 0, 'Protein Models Know Their Folds', 'doi:10.5555/bio.2022.1', (), ('Tobi Adeyemi', 'Giulia Moretti'), '2022-07-19', 'Computational Folds', ('Protein folding', 'Attention'), None, 'https://europepmc.org/articles/PMC9000001', True),
    "grobid.tei.xml": ("GROBID, TEI", 1, 0, 'Glaciers Measured from Echoes', 'doi:10.5555/ice.7.3', ('arxiv:2011.02020',), ('Tenzin Dorje', 'Anna B Lind'), '2020-11-05', 'Ice and Sound', ('glaciers', 'sonar'), None, 'https://doi.org/10.5555/ice.7.3', True),
    "hal.bib": ("HAL, BibTeX", 1, 0, 'Optimal Transport for Speech', 'doi:10.5555/hal.ot.1', (), ('Claire Dubois', 'Marc Petit'), '2022-05', 'Revue de la Parole', ('speech', 'optimal transport'), 'dubois:hal-04000001', 'https://hal.science/hal-04000001', True),
    "hal.json": ("HAL's API, JSON", 1, 1, 'Optimal Transport for Speech', 'doi:10.5555/hal.ot.1', (), ('Claire Dubois', 'Marc Petit'), '2022-05-12', 'Revue de la Parole', ('speech', 'optimal transport'), None, 'https://hal.science/hal-04000001', True),
    "huggingface_daily.json": ("Hugging Face's daily papers, JSON", 1, 0, 'Layers That Skip Themselves', 'arxiv:2405.11111', (), ('Priya Raman', 'Jonas Holt'), '2024-05-18', None, (), None, 'https://arxiv.org/abs/2405.11111', True),
    "inspire.json": ("INSPIRE's API, JSON", 1, 0, 'Learning Lattice Actions', 'arxiv:2105.30303', ('doi:10.5555/hep.1',), ('Paola Rossi', 'Li Chen'), '2021-05-28', 'Lattice Lett.', ('lattice field theory',), 'Rossi:2021abc', 'https://arxiv.org/abs/2105.30303', True),
    "jats.xml": ("PubMed Central and publishers, JATS", 1, 0, 'Protein Models Know Their Folds', 'doi:10.5555/bio.2022.1', (), ('Tobi Adeyemi', 'Giulia Moretti'), '2022-07-19', 'Computational Folds', ('folding',), None, 'https://doi.org/10.5555/bio.2022.1', True),
    "jstor.bib": ("JSTOR, BibTeX", 1, 0, 'Counting Words before Computers', 'doi:10.2307/1234567', (), ('Harriet Greene', 'Musa Bello'), '1987', 'Words and History', (), '10.2307/1234567', 'http://www.jstor.org/stable/1234567', True),
    "jstor.ris": ("JSTOR, RIS", 1, 0, 'Counting Words before Computers', 'counting-words-before-computers-78349e00', (), ('Harriet Greene', 'Musa Bello'), '1987', 'Words and History', (), None, 'http://www.jstor.org/stable/1234567', True),
    "lens.csv": ("Lens.org, CSV", 1, 1, 'Distilling Planners into Policies', 'doi:10.5555/rl.2021.8.100', (), ('Ingrid Solheim', 'Paulo A. Reis'), '2021-09-30', 'Robotics Letters', ('planning', 'distillation'), None, 'https://doi.org/10.5555/rl.2021.8.100', True),
    "lens.json": ("Lens.org's API, JSON", 1, 0, 'Distilling Planners into Policies', 'doi:10.5555/rl.2021.8.100', (), ('Ingrid Solheim', 'Paulo A. Reis'), '2021-09-30', 'Robotics Letters', ('planning',), None, 'https://doi.org/10.5555/rl.2021.8.100', True),
    "marc.xml": ("libraries, MARC in XML", 1, 0, 'Snow as signal: radar without ground truth', 'doi:10.5555/thesis.44', (), ('Signe Hansen', 'Tor Moen'), '2020', None, ('Snow',), None, 'https://example.org/snow', True),
    "mixed_encodings.bib": ("two encodings in one file, BibTeX", 2, 0, 'Le été des modèles', 'le-t-des-mod-les-f219322d', (), ('Anaïs Lefèvre',), '2020', None, (), 'a1', None, True),
    "mods.xml": ("Zotero and libraries, MODS", 1, 0, 'Speech Without Spectra: Raw Waves', 'doi:10.5555/core.1', (), ('Deniz Yilmaz',), '2021-08-18', 'Waves', ('speech',), None, 'https://example.org/waves', True),
    "noteexpress.txt": ("NoteExpress and CNKI, text", 1, 1, 'Lip Reading in Tonal Languages', 'doi:10.5555/phon.18.4', (), ('Chen Yufei', 'Wang Lan'), '2022', 'Acta Phonetica', ('lip reading', 'tones'), None, 'https://example.org/lips', True),
    "notion.csv": ("Notion, CSV", 1, 1, 'Maps That Forget Streets', 'arxiv:2310.02020', (), ('Noor Aziz', 'Felix Brandt'), '2023-10-03', None, ('maps', 'forgetting'), None, 'https://arxiv.org/abs/2310.02020', True),
    "obsidian_note.md": ("Obsidian, a note on a paper", 1, 0, 'Layers That Skip Themselves', 'arxiv:2405.11111', (), ('Priya Raman', 'Jonas Holt'), '2024-05-18', 'arXiv', ('layer-skipping', 'router'), 'raman2024layers', 'https://arxiv.org/abs/2405.11111', True),
    "ojs.bib": ("Open Journal Systems, BibTeX", 1, 0, 'Bridges Read by Drones', 'doi:10.5555/ex.v35i4.16123', (), ('Iva Kovač', 'Rui Duarte'), '2021-05', 'Proceedings of the Example Conference', (), 'Kovač_Duarte_2021', 'https://ojs.example.org/index.php/EX/article/view/16123', True),
    "old_mac.csv": ("an old Macintosh's line ends, CSV", 2, 0, 'Carriage Returns; Alone', 'carriage-returns-alone-8758fccb', (), ('Old Mac',), '1999', None, (), None, None, True),
    "openaire.json": ("OpenAIRE's API, JSON", 1, 0, 'Federated Learning on Ferries', 'doi_dedup___::0001', ('doi:10.5555/ships.21.6',), ('Vera Sokolova', 'Ole Brandt'), '2021-06-15', 'Journal of Ships', ('federated learning',), None, 'https://doi.org/10.5555/ships.21.6', True),
    "ovid.ris": ("Ovid, RIS", 1, 1, 'Triage by Language Model: a Trial.', 'doi:10.5555/triage.2022.12', (), ('Akua Mensah', 'Erik Larsson'), '2022', 'Journal of Triage', ('Triage',), None, 'https://ovidsp.ovid.com/ovidweb.cgi?T=JS&CSC=Y&NEWS=N&PAGE=fulltext&D=medp&AN=35000001', True),
    "ovid.txt": ("Ovid, text", 1, 1, 'Triage by Language Model: a Trial.', 'doi:10.5555/triage.2022.12', (), ('Akua Mensah', 'Erik Larsson'), '2022-03-04', 'Journal of Triage', (), None, 'https://doi.org/10.5555/triage.2022.12', True),
    "paperpile.bib": ("Paperpile, BibTeX", 1, 1, 'Pruning by Fisher Information Alone', 'arxiv:2105.04040', (), ('Yuki Tanaka', 'María de la Cruz'), '2021-05', 'arXiv [cs.LG]', ('pruning', 'Fisher'), 'Tanaka2021-ab', 'http://arxiv.org/abs/2105.04040', True),
    "papers_with_code.json": ("Papers with Code, JSON", 1, 1, 'State Spaces for Sound', 'arxiv:2202.00077', (), ('Kofi Asante', 'Lena Vogt'), '2022-02-03', 'ICML 2022 7', ('Audio Generation', 'State Space Models'), None, 'https://paperswithcode.com/paper/state-spaces-for-sound', True),
    "pmlr.bib": ("PMLR, BibTeX", 1, 0, 'Mixing Gradients of Old and New Tasks', 'mixing-gradients-of-old-and-new-tasks-e6f8c6b7', (), ('Tolu Adeyemi', 'Jisoo Park', 'Sanne de Wit'), '2023-07', 'Proceedings of the 40th International Conference on Machine Learning', (), 'pmlr-v202-adeyemi23a', 'https://proceedings.mlr.press/v202/adeyemi23a.html', True),
    "proquest.ris": ("ProQuest, RIS", 1, 0, 'Compilers Written by Models', 'doi:10.5555/comp.23.5', (), ('Ana Ferreira', 'Bill Stone'), '2023-05-03', 'Compiler Letters', ('Compilers',), None, 'https://www.proquest.com/scholarly-journals/compilers/docview/2800000001/se-2', True),
    "proquest.txt": ("ProQuest, text", 2, 0, 'Compilers Written by Models', 'doi:10.5555/comp.23.5', (), ('Ana Ferreira', 'Bill Stone'), '2023-05-03', 'Compiler Letters', ('Compilers', 'Language models'), None, 'https://www.proquest.com/scholarly-journals/compilers/docview/2800000001/se-2', True),
    "publish_or_perish.csv": ("Publish or Perish, CSV", 1, 1, 'Bees as reinforcement learners', 'doi:10.5555/hives.2019.3', (), ('T Nguyen', 'S Okoro'), '2019', 'Journal of Hives', (), None, 'https://example.org/bees', True),
    "pubmed.csv": ("PubMed, CSV", 0, 2, 'Protein Models Know Their Folds', 'doi:10.5555/bio.2022.1', (), ('Adeyemi T', 'Moretti G'), '2022', 'Comput Folds', (), None, 'https://doi.org/10.5555/bio.2022.1', False),
    "pubmed_abstracts.txt": ("PubMed, abstracts as text", 1, 1, 'Wards that schedule themselves: a trial', 'doi:10.5555/exam.14.3', (), ('A Mensah', 'E Lindqvist', 'P Roy'), '2022-07', 'J Exam Med', (), None, 'https://pubmed.ncbi.nlm.nih.gov/35000101/', True),
    "rayyan.csv": ("Rayyan, CSV", 1, 1, 'Reading Order Matters for Table Models', 'doi:10.5555/jt.2020.3.1', (), ('N. Abara', 'Leo Quint'), '2020', 'Journal of Tables', ('tables', 'language models'), None, 'https://example.org/tables', True),
    "readcube_papers.bib": ("ReadCube Papers, BibTeX", 2, 0, 'Sparse Gates for Long Documents', 'doi:10.1145/3580305.3599111', (), ('Chidi Okafor', 'Maja Lindström'), '2023', 'Proceedings of the 29th ACM SIGKDD Conference on Knowledge Discovery and Data Mining', ('sparse attention', 'long documents'), '10.1145/3580305.3599111', 'https://dl.acm.org/doi/10.1145/3580305.3599111', True),
    "readcube_papers.csv": ("ReadCube Papers, CSV", 2, 0, 'Sparse Gates for Long Documents', 'doi:10.1145/3580305.3599111', (), ('Chidi Okafor', 'Maja Lindström'), '2023', 'KDD', ('sparse', 'gates'), None, 'https://dl.acm.org/doi/10.1145/3580305.3599111', True),
    "redif.rdf": ("RePEc, ReDIF", 1, 1, 'Prices Set by Language Models', 'prices-set-by-language-models-39703eb7', (), ('Giulia Conti', 'Ravi Menon'), '2023-09', None, ('pricing', 'collusion'), None, 'https://example.org/wp/2309.pdf', True),
    "s2ag_papers.jsonl": ("Semantic Scholar's bulk data, JSON lines", 1, 1, 'Curricula for Code Models', 'arxiv:2206.00001', (), ('Lucía Campos', 'Wei Zhang'), '2022-06-01', 'ArXiv', (), None, 'https://www.semanticscholar.org/paper/aaa', True),
    "s2orc.jsonl": ("S2ORC, JSON lines", 1, 0, 'Curricula for Code Models', 'arxiv:2206.00001', (), ('Lucía Campos', 'Wei Zhang'), '2022', 'ArXiv', (), None, 'https://api.semanticscholar.org/CorpusID:77498072', True),
    "scopus.bib": ("Scopus, BibTeX", 1, 1, 'Tides forecast by small transformers', 'doi:10.5555/ocean.11.2', (), ('Bruno Silva', 'Niamh O’Hara'), '2023', 'Ocean Letters', ('forecasting', 'tides', 'Sea level'), 'Silva2023', 'https://www.scopus.com/inward/record.uri?eid=2-s2.0-85100000001&doi=10.5555%2focean.11.2&partnerID=40&md5=0123', True),
    "semantic_scholar.bib": ("Semantic Scholar, BibTeX", 0, 2, 'Curricula for Code Models', 'arxiv:2206.00001', (), ('Lucía Campos', 'Wei Zhang'), '2022', 'ArXiv', (), 'Campos2022CurriculaFC', 'https://api.semanticscholar.org/CorpusID:249204000', False),
    "ssrn.bib": ("SSRN, BibTeX", 0, 1, 'Do Language Models Hold Contracts?', 'do-language-models-hold-contracts-7f367281', (), ('Selam Abebe', 'Tom Wright'), '2023', 'Available at SSRN 4123456', (), 'abebe2023contracts', None, False),
    "ssrn.ris": ("SSRN, RIS", 1, 0, 'Do Language Models Hold Contracts?', 'doi:10.2139/ssrn.4123456', (), ('Selam Abebe', 'Tom Wright'), '2023-04-17', None, ('contracts', 'language models'), None, 'https://papers.ssrn.com/abstract=4123456', True),
    "web_of_science.bib": ("Web of Science, BibTeX", 2, 0, 'Tides Forecast by Small Transformers', 'doi:10.5555/ocean.11.2', (), ('Bruno Silva', "Niamh O'Hara"), '2023-02-14', 'OCEAN LETTERS', ('tides', 'forecasting'), 'WOS:000900000000001', 'https://doi.org/10.5555/ocean.11.2', True),
    "word_sources.xml": ("Word, sources in XML", 0, 2, 'Elevators That Plan Ahead', 'doi:10.5555/lifts.21', (), ('Mei Tan', 'Nils K. Berg'), '2021-03-09', 'Journal of Lifts', (), 'Tan21', 'https://example.org/lifts', False),
    "zenodo.json": ("Zenodo's API, JSON", 1, 0, 'A Corpus of Failed Proofs', 'doi:10.5281/zenodo.7000001', (), ('Ewa Nowak', 'Minjun Kim'), '2023-03-01', 'Proof Notes', ('theorem proving', 'dataset'), None, 'https://doi.org/10.5281/zenodo.7000001', True),
    "zotero.rdf": ("Zotero, RDF", 1, 0, 'Roots Seen Through Soil', 'doi:10.5555/roots.4.1', (), ('Awa Ndiaye', 'Lars Haugen'), '2022-04-11', 'Journal of Roots', ('roots', 'segmentation'), None, 'https://example.org/roots/4', True),
}
# fmt: on


def _read(name: str) -> tuple[list[Paper], list[Paper]]:
    refused: list[CorpusError] = []
    papers = list(read(EXPORTS / name, refused.append))
    titles = [error.paper for error in refused if isinstance(error, TitleOnly)]
    assert len(titles) == len(refused), refused
    return papers, titles


def test_every_example_is_expected() -> None:
    assert {path.name for path in EXPORTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_export_is_read_whole(name: str) -> None:
    papers, titles = _read(name)
    assert (len(papers), len(titles)) == EXPECTED[name][1:3]
    paper = (papers or titles)[0]
    known = (paper.paper_id, paper.aliases, paper.authors, paper.published, paper.venue, paper.keywords, paper.citation_key, paper.url)
    assert (paper.title, *known, bool(paper.abstract)) == EXPECTED[name][3:]
    assert not any(re.search(r"[{}\\]|</?\w+>", paper.title + paper.abstract) for paper in [*papers, *titles])


def _table() -> str:
    lines = ["| from | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for program, _, _, title, paper_id, _, authors, published, venue, keywords, key, url, abstract in sorted(
        EXPECTED.values(), key=lambda row: str(row[0]).lower()
    ):
        ids = paper_id if paper_id.startswith(("doi:", "arxiv:")) else None
        held = (title, abstract, authors, published, venue, ids, url, keywords, key)
        lines.append(f"| {program} | " + " | ".join("✓" if value else "" for value in held) + " |")
    return "\n".join(lines)


def test_the_table_in_the_readme_is_what_is_read() -> None:
    assert _table() in README.read_text("utf-8"), _table()


NOTE = """# Reading list
See [[Group meeting]].
- [ ] [Layers That Skip](https://arxiv.org/abs/2405.11111) - from Priya #todo
- [x] [Drafts](https://arxiv.org/pdf/2302.01318v1.pdf), good; "Attention" (arXiv:1706.03762v5)
- [the weather](https://example.org/weather), 2024.1234 points
- https://doi.org/10.1145/3580305.3599111
"""


def test_a_note_lists_the_papers_that_it_links_to() -> None:
    ids = ("arxiv:2405.11111", "arxiv:2302.01318", "arxiv:1706.03762", "doi:10.1145/3580305.3599111")
    assert listed_in(NOTE, note=True) == Listed(ids, ())


def test_a_list_of_ids_is_read_line_by_line() -> None:
    text = "2405.11111\r\n\r\n# decoding\r\narXiv:2302.01318v1\r\ncs/0112017\r\nnot-an-id\r\n"
    assert listed_in(text) == Listed(("arxiv:2405.11111", "arxiv:2302.01318", "arxiv:cs/0112017"), ((6, "not-an-id"),))
    assert listed_in("We build on arXiv:2302.01318.\nIt is good.\nSo we think.\n") is None


def test_joined_strings_may_hold_braces_and_quotes(tmp_path: Path) -> None:
    text = r"""@string{rest = " and stays."}
    @article{a, title = "Quoted {"}braces{"} and {a {b} c}", author = "{The {ATLAS} Collaboration} and Smith, {\'E}mile",
    abstract = "He said {"}no{"} # and left." # { Then he {\bf came {back}}} # rest}"""
    (tmp_path / "a.bib").write_text(text)
    [paper] = read(tmp_path / "a.bib")
    assert paper.title == 'Quoted "braces" and a b c' and paper.authors == ("The ATLAS Collaboration", "Émile Smith")
    assert paper.abstract == 'He said "no" # and left. Then he came back and stays.'
