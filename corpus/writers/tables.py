"""Papers as CSV with the columns that our reader knows; no cell of it runs in a spreadsheet."""

import csv
import io
import json
import re
from dataclasses import fields

from corpus.paper import Paper
from corpus.readers.cells import cell_of
from corpus.readers.people import people
from corpus.readers.records import keywords

COLUMNS = tuple(field.name for field in fields(Paper))
_RUNS = re.compile(r"'*[=+\-@＝＋－＠\t\r|]")


def safe(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula; readers take it off again."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def table_header() -> str:
    """The header row; a byte order mark tells spreadsheets that it is UTF-8."""
    return "\ufeff" + ",".join(COLUMNS) + "\n"


def table_row(paper: Paper) -> str:
    """One row, with its line end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow([safe(_cell(name, getattr(paper, name))) for name in COLUMNS])
    return out.getvalue()


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, tuple):
        return str(value)
    cell = cell_of(value) if value else ""
    read = {"authors": people, "keywords": keywords}.get(name)
    return cell if read is None or read(cell) == value else json.dumps(list(value), ensure_ascii=False)
