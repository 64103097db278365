"""Reasoning, as models write it into their replies: what counts stands after its last end."""

import re
from collections.abc import Iterator

_NAMES = r"(?:[\w:-]{0,20}(?:think|thought|reason|reflect|scratch|deliberat|monolog)[\w:-]{0,20}|analysis|internal|cot|plan(?:ning)?)"
_ATTRIBUTES = r"(?:\s[^<>]{0,80})?"
_BEGIN = re.compile(
    rf"<{_NAMES}{_ATTRIBUTES}>|\[/?THINK(?:ING)?\](?<!\[/THINK\])(?<!\[/THINKING\])|◁think▷"
    r"|<\|(?:begin_of_thought|start_thinking|thinking|think|think_start)\|>"
    r"|<unused94>(?:thought\n)?|<\|channel\|>\s*(?:analysis|commentary)\b[^<]{0,80}<\|message\|>",
    re.IGNORECASE,
)
_END = re.compile(
    rf"</\s?{_NAMES}\s?>|\[/THINK(?:ING)?\]|◁/think▷|<\|(?:end_of_thought|end_thinking|/thinking|/think|think_end)\|>|<unused95>"
    r"|(?:<\|end\|>\s*)?(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final\b[^<]{0,80}<\|message\|>",
    re.IGNORECASE,
)
_FRAMES = (
    (re.compile(r"<details\b[^<>]{0,80}(?:reasoning|thinking)[^<>]{0,80}>", re.I), re.compile(r"</details>", re.I)),
    (re.compile(r"```\s?(?:thinking|thoughts?|reasoning|think)\n", re.I), re.compile(r"\n```")),
    (re.compile(r"Thinking\.\.\.\n", re.I), re.compile(r"\.\.\.\s?done thinking\.?\s*\n", re.I)),
    (
        re.compile(r"Here(?: i|['’])s my (?:thought process|reasoning|thinking):?", re.I),
        re.compile(r"Here(?: i|['’])s my (?:final )?(?:response|answer)(?::|\s*\n)", re.I),
    ),
)
"""Frames that programs put around thoughts at a reply's beginning; elsewhere these words are text."""

_OPENERS = ("<details", "```", "thinking...", "here is my ", "here's my ", "here’s my ")
_WRAPPERS = re.compile(
    r"</?(?:answer|final_answer|final|response|output|result)>|<\|(?:begin_of_solution|end_of_solution|start_response|end_response)\|>"
    r"|<\|(?:start|end|return|call|message|im_end|eot_id|eom_id|endoftext|end_of_text)\|>(?:assistant\b)?|<\|channel\|>\s*final\b",
    re.IGNORECASE,
)
_BARE_CHANNELS = re.compile(r"^\s*analysis(?=[A-Z\W]).*?assistant\s*final(?=\W|[A-Z0-9]|$)", re.DOTALL)
"""Harmony channels whose special tokens the server took out: `analysisWe need ...assistantfinalThe answer`."""

_BEGUN = re.compile(
    r"(?:<[|/]?[a-z_|:\d-]{0,48}(?:\s[^<>]{0,80}|\|>[^<]{0,80}(?:<\|?[a-z]{0,8}\|?)?)?|\[/?[a-z]{0,8}|◁/?[a-z]{0,5})$", re.IGNORECASE
)
"""The beginning of what may become a mark, at the end of what has come."""


_LONGEST_MARK = 120


def after_thoughts(text: str) -> str:
    """A whole reply without its reasoning: what stands after the last end mark; a thought without an end is cut off."""
    text = _unframed(_BARE_CHANNELS.sub("", text, count=1))
    ends = list(_END.finditer(text))
    if ends:
        text = text[ends[-1].end() :]
    if begun := _BEGIN.search(text):
        text = text[: begun.start()]
    return _WRAPPERS.sub("", text).strip()


def _unframed(text: str) -> str:
    """A reply without a thought in a frame at its beginning; one without an end is left as it is."""
    start = text.lstrip()
    for begin, end in _FRAMES:
        if (begun := begin.match(start)) and (ended := end.search(start, begun.end())):
            return start[ended.end() :].lstrip()
    return text


def ends_a_thought(text: str) -> bool:
    """Whether a reply ends a thought that it never began: its beginning stood in the prompt's template."""
    end = _END.search(text)
    return bool(end and not _BEGIN.search(text, 0, end.start())) and "channel" not in (end[0] if end else "")


class Thoughts:
    """Takes a streamed text piece by piece, gives it without reasoning.

    `unopened`: the model is known to end thoughts that it never began; nothing is given before the first end.
    """

    def __init__(self, unopened: bool = False) -> None:
        self._held = ""
        self._waiting = unopened
        self._depth, self._met, self._closed = int(unopened), 0, False
        self._bare: bool | None = None
        self._framed: re.Pattern[str] | None = None
        self._at_start = True
        self.ended_unopened = False
        """Whether an end came without a beginning: what was given before it was a thought."""

    def feed(self, piece: str, *, last: bool = False) -> Iterator[str]:
        """The text that can be given now."""
        self._held += piece
        if self._bare is not False and not self._channels(last, len(piece)):
            return
        if self._at_start and not self._frame(last, len(piece)):
            return
        looked = len(self._held) - len(piece)  # what came before holds no mark that was not met
        while True:
            if self._depth:
                if not self._left(max(looked - _LONGEST_MARK, 0)):
                    yield from self._withheld(last)
                    return
                looked = 0
                continue
            begin, end = _BEGIN.search(self._held), _END.search(self._held)
            if end and (not begin or end.start() < begin.start()):
                self.ended_unopened |= "channel" not in end[0]
                self._held = self._held[end.end() :].lstrip()
                continue
            if begin:
                before, self._held, self._depth, self._met = self._held[: begin.start()], self._held[begin.end() :], 1, 0
                yield from self._given(before)
                looked = 0
                continue
            break
        begun = None if last else _BEGUN.search(self._held)
        place = begun.start() if begun else len(self._held)
        ready, self._held = self._held[:place], self._held[place:]
        yield from self._given(ready)

    def _left(self, start: int) -> bool:
        """Whether the thought ends in what is held; a thought within it ends first. `start` is where to look on from."""
        while end := _END.search(self._held, max(start, self._met)):
            begun = None if self._waiting else self._nested(max(start, self._met), end.start())
            if begun:
                self._depth, self._met = self._depth + 1, begun.end()
                continue
            self._depth = 0 if "channel" in end[0] else self._depth - 1
            self._held, self._met, start = self._held[end.end() :].lstrip(), 0, 0
            self._closed, self._waiting = self._depth > 0, False
            if not self._depth:
                return True
        if not self._waiting and (begun := self._nested(max(start, self._met), len(self._held))):
            self._depth, self._met = self._depth + 1, begun.end()
            return self._left(begun.end())
        return False

    def _nested(self, start: int, end: int) -> re.Match[str] | None:
        """A thought that begins within another; one channel only follows the other."""
        found = _BEGIN.search(self._held, start, end)
        return found if found and "channel" not in found[0] else None

    def _withheld(self, last: bool) -> Iterator[str]:
        """Within a thought: all that is worth keeping is what may be a mark's beginning, or follows the end of a thought within it."""
        if not last:
            if not (self._waiting or self._closed):
                cut = max(len(self._held) - _LONGEST_MARK, 0)
                self._held, self._met = self._held[cut:], max(self._met - cut, 0)
            return
        if self._waiting or self._closed:  # the end never came: it was no thought, or the last end was the whole's
            begun = _BEGIN.search(self._held) if self._closed else None
            yield from self._given(self._held[: begun.start()] if begun else self._held)
        self._held = ""

    def _channels(self, last: bool, new: int) -> bool:
        """Whether what is held can be looked at: a bare `analysis` at the beginning waits for `assistantfinal`."""
        start = self._held.lstrip()
        if self._bare is None:
            if not last and "analysis".startswith(start[:8]) and len(start) < 9:
                return False
            self._bare = bool(re.match(r"analysis(?=[A-Z\W])", start))
        if self._bare:
            if not last and "final" not in self._held[-new - _LONGEST_MARK :].lower():
                return False
            found = _BARE_CHANNELS.match(self._held)
            if found:
                self._held, self._bare = self._held[found.end() :], False
                return True
            if last:
                self._bare = False
                return True
            return False
        return True

    def _frame(self, last: bool, new: int) -> bool:
        """Whether what is held can be looked at: a frame at the beginning waits for its end, and is taken out."""
        start = self._held.lstrip()
        if self._framed is None:
            begun = next(((end, found.end()) for begin, end in _FRAMES if (found := begin.match(start))), None)
            if begun is None:
                may = any(opener.startswith(start[: len(opener)].lower()) for opener in _OPENERS)
                waits = not last and may and len(start) < _LONGEST_MARK and "\n" not in start
                self._at_start = waits
                return not waits
            self._framed, new = begun[0], len(start) - begun[1]
        ended = self._framed.search(self._held, max(len(self._held) - new - _LONGEST_MARK, 0))
        if ended:
            self._held = self._held[ended.end() :].lstrip()
        self._at_start = not (ended or last)
        return not self._at_start

    def _given(self, text: str) -> Iterator[str]:
        text = _WRAPPERS.sub("", text)
        if text:
            yield text
