"""Things of one kind, by which one is put in another's place: "... make LLMs understand video?", "and speech?"."""

import json
import re
from functools import cache
from importlib import resources

from rag.text import content_words

_LONGEST = 3


@cache
def _kin() -> dict[str, tuple[str, int]]:
    """Each name with its kind and its place there; names of one place mean the same."""
    path = resources.files("rag.understanding") / "examples" / "kin.json"
    groups = json.loads(path.read_text("utf-8"))
    return {name: (kind, place) for kind, places in groups.items() for place, names in enumerate(places) for name in names}


@cache
def _written(kind: str) -> re.Pattern[str]:
    names = sorted((name for name, (of, _) in _kin().items() if of == kind), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(name).replace('-', '[- ]') for name in names)})(?![\w-])", re.IGNORECASE)


def _place(name: str) -> tuple[str, int] | None:
    kin = _kin()
    return kin.get(name.lower()) or kin.get(name.lower().replace(" ", "-"))


def instead(text: str, topic: str) -> str:
    """The text with the topic in the place of what is of its kind; empty where it names nothing of that kind, or several things."""
    bare = _new(text, " ".join(content_words(topic)).strip(" ?.!,"))
    mine = _place(bare) if bare else None
    if mine is None:
        return ""
    found = [match for match in _written(mine[0]).finditer(text) if _place(match[0])]
    places = {_place(match[0]) for match in found}
    if len(places) != 1 or mine in places:
        return ""
    for match in reversed(found):
        text = f"{text[: match.start()]}{bare}{text[match.end() :]}"
    return text


def _new(text: str, topic: str) -> str:
    """What a topic names that the text did not: "generating speech" after "which papers generate images" is "speech"."""
    said = {word.lower()[:_STEM] for word in content_words(text)}
    words = [word for word in topic.split() if len(word) < _STEM or word.lower()[:_STEM] not in said]
    return " ".join(words) if 0 < len(words) <= _LONGEST else ""


_STEM = 6
"""Letters by which two forms of a word are the same."""


_ABOUT = (
    r"(?:on|about|concerning|regarding|around|covering|treating|addressing|discussing|(?:deal|deals|dealing) with|(?:related|relating) to"
    r"|(?:devoted|dedicated) to|(?:surveys?|reviews?|overviews?|kinds?|types?|studies|comparisons?) of)"
)
_TIES = re.compile(r"\b(?:that|which|who|and|or|without|but|not)\b", re.IGNORECASE)
_MOST_WORDS = 5


def in_frame(text: str, topic: str, by: str = "") -> str:
    """The text with the topic in the place of what it is on ("surveys on X" -> "surveys on Y"), or of what follows the word `by`.

    Empty where the text ends with nothing of that sort.
    """
    match = re.match(rf"(?P<frame>.*\b{re.escape(by) if by else _ABOUT}\s+)(?P<on>[^,;?.!]+?)(?P<end>[\s?.!]*)$", text, re.IGNORECASE)
    if not match or len(match["on"].split()) > _MOST_WORDS or _TIES.search(match["on"]):
        return ""
    return f"{match['frame']}{topic}{match['end']}"


def put_for(text: str, what: str, topic: str) -> str:
    """The text with the topic in the place of what it names; empty where it does not name that."""
    bare = " ".join(content_words(what))
    if not bare:
        return ""
    written = re.compile(rf"(?<![\w-]){re.escape(bare)}(?![\w-])", re.IGNORECASE)
    return written.sub(lambda _: topic.strip(" ?.!,"), text) if written.search(text) else ""


_SEEN = ("image", "multimodal", "video")
"""Media of which papers on one mostly are on the next, too: to leave out vision is to leave out vision-language models."""


def same_as(phrase: str) -> tuple[str, ...]:
    """Other names of the medium that a phrase begins with ("vision models": image, visual, multimodal); none of another phrase."""
    words = phrase.lower().split()
    place = next((found for size in (_LONGEST, 2, 1) if (found := _place(" ".join(words[:size])))), None)
    if place is None or place[0] != "modality" or len(words) > _LONGEST:
        return ()
    seen = [_kin()[name] for name in _SEEN]
    places = {place, *seen} if place in seen[:2] else {place}
    return tuple(name for name, at in _kin().items() if at in places and name not in phrase.lower())


def named_so(topic: str) -> str:
    """All names of a medium, as papers on it have one of them; empty of another topic."""
    place = _place(" ".join(content_words(topic)).strip(" ?.!,"))
    return " ".join(name for name, at in _kin().items() if at == place) if place and place[0] == "modality" else ""
