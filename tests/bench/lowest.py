"""Which ranges of pyproject.toml begin below what `uv pip install --resolution lowest-direct` could install: `low/bin/python -m tests.bench.lowest`."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

_EXTRAS = ("mcp", "slack", "test")


def _three(found: Version) -> tuple[int, ...]:
    return (found.major, found.minor, found.micro)


def unreached() -> list[str]:
    """Ranges whose beginning is not what is installed here, each with what is."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    found = []
    for line in [*project["dependencies"], *(line for extra in _EXTRAS for line in project["optional-dependencies"][extra])]:
        wanted = Requirement(line)
        lowest = [Version(part.version) for part in wanted.specifier if part.operator == ">="]
        try:
            here = Version(version(wanted.name))
        except PackageNotFoundError:
            here = None
        if lowest and (here is None or _three(here) != _three(lowest[0])):
            found.append(f"{line}: {here or 'not installed'}")
    return found


if __name__ == "__main__":
    print("\n".join(unreached()) or "every range begins with the version that is installed")
