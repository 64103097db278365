"""Data folders of tests that share what the reader made of papers: reading them anew takes a second of each process that asks."""

from pathlib import Path


def with_shelf(home: Path, shelf: Path) -> Path:
    """A new data folder that holds nothing but the way to the shelf."""
    home.mkdir(parents=True)
    (home / "read").symlink_to(shelf, target_is_directory=True)
    return home
