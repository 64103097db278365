"""Fields as people and programs write them: dates, lists of authors, absent abstracts, LaTeX; and records that stand oddly in their file."""

from pathlib import Path

import pytest

from corpus import Paper, read
from corpus.clean import clean
from corpus.readers.dates import iso_date
from corpus.readers.people import people
from corpus.readers.records import CorpusError, TitleOnly


def _read(path: Path, text: str) -> tuple[list[Paper], list[CorpusError]]:
    refused: list[CorpusError] = []
    path.write_text(text)
    return list(read(path, refused.append)), refused


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2019.0", "2019"), (2019.0, "2019"), ("2023/11/05", "2023-11-05"), ("5/6/2023", "2023"), ("25/12/2021", "2021-12-25"), ("Sept 2022", "2022-09"),
        ("12 March 2020", "2020-03-12"), ("Winter 2018", "2018"), ("23--29 Jul 2023", "2023-07"), ("20240117", "2024-01-17"), ("31.01.2020", "2020-01-31"),
        ("forthcoming", None), ("in press", None), ("n.d.", None), ("", None), (None, None), ("10.5555/x.2024.1", None), (True, None),
    ],
)  # fmt: skip
def test_a_date_is_told_as_far_as_it_is_sure(written: object, told: str | None) -> None:
    assert iso_date(written) == told


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ana Sol, Bo Ek and Cy Rao", ("Ana Sol", "Bo Ek", "Cy Rao")), ("Sol, Ana", ("Ana Sol",)), ("Sol, A., Ek, B.", ("A. Sol", "B. Ek")),
        ("Sol A; Ek B", ("Sol A", "Ek B")), ("['Ana Sol', 'Bo Ek']", ("Ana Sol", "Bo Ek")), ("Sol, Ana; van Ek, Bo, Jr.", ("Ana Sol", "Bo van Ek, Jr.")),
        ("Ana Sol et al.", ("Ana Sol",)), ("nan", ()), ("N/A", ()), (None, ()), ([{"last": "Sol", "first": "Ana", "middle": "B."}], ("Ana B. Sol",)),
        ([{"keyname": "Ek", "forenames": "Bo"}, {"corporate": "Soil Group"}], ("Bo Ek", "Soil Group")),
    ],
)  # fmt: skip
def test_authors_in_any_usual_form(written: object, names: tuple[str, ...]) -> None:
    assert people(written) == names


@pytest.mark.parametrize("absent", ["[Abstract not available]", "NA", "tba", "No abstract.", "Abstract unavailable", "<NA>", "–"])
def test_words_for_a_missing_abstract_are_none(absent: str, tmp_path: Path) -> None:
    papers, refused = _read(tmp_path / "a.csv", f'title,abstract,year\nOwls at noon,"{absent}",in press\n')
    assert not papers and isinstance(refused[0], TitleOnly) and refused[0].paper.title == "Owls at noon"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"{\v S}imek and G{\"o}del", "Šimek and Gödel"), (r"Sz{\H u}cs", "Szűcs"), (r"snake\_case", "snake_case"), (r"the {\sc grep} tool", "the grep tool"),
        ("<jats:p>CO<jats:sub>2</jats:sub> by 10<sup>-3</sup></jats:p>", "CO2 by 10⁻³"), ("5 &lt; 6 &amp;amp; more", "5 < 6 & more"),
    ],
)  # fmt: skip
def test_latex_and_tags_are_resolved(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_bibtex_entries_stand_where_they_like(tmp_path: Path) -> None:
    entry = "@misc{%s, title={%s}, abstract={We count owls.}}"
    text = entry % ("a", "One") + " " + entry % ("b", "Two") + "\n% a note " + entry % ("c", "Three") + "\n"
    text += "@misc{d, title={Four}, abstract={Write to\n@owls, who answer.}, year={202x}}\n"
    papers, refused = _read(tmp_path / "a.bib", text)
    assert [paper.title for paper in papers] == ["One", "Two", "Three", "Four"] and not refused
    assert papers[3].abstract == "Write to @owls, who answer." and papers[3].published is None


def test_a_ris_record_may_end_in_a_date_and_a_value_in_quotes_glues_nothing(tmp_path: Path) -> None:
    papers, _ = _read(
        tmp_path / "a.ris",
        "TY  - JOUR\nTI  - Owls\nAB  - We count owls.\nDA  - 2020/05/06/\n\nTY  - JOUR\nTI  - Bats\nAB  - Bats fly.\nPY  - 2021\nER  - \n",
    )
    assert [(paper.title, paper.published) for paper in papers] == [("Owls", "2020-05-06"), ("Bats", "2021")]
    papers, refused = _read(tmp_path / "a.bib", r"@misc{a, title={{\textquotedbl}A= b{\textquotedbl} of owls}, abstract={We count owls.}}")
    assert [paper.title for paper in papers] == ['"A= b" of owls'] and not refused
