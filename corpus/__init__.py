"""The corpus: papers, the readers that make them out of files, and the pages that ship."""

from corpus.clean import CLEANING
from corpus.names import printable, printable_lines
from corpus.paper import Paper, merge, paper_id_for, title_key, unique
from corpus.readers.formats import read, read_all, read_jsonl, read_page, shipped
from corpus.readers.records import CorpusError, TitleOnly
from corpus.sites import Sites

__all__ = [
    "CLEANING",
    "CorpusError",
    "Paper",
    "Sites",
    "TitleOnly",
    "merge",
    "paper_id_for",
    "printable",
    "printable_lines",
    "read",
    "read_all",
    "read_jsonl",
    "read_page",
    "shipped",
    "title_key",
    "unique",
]
