"""Sentences of abstracts made false by rules: a negation, an opposite, exchanged names or numbers, another version."""

import random
import re
from collections.abc import Callable

Mutate = Callable[[str, random.Random], str | None]
"""A sentence -> one that says something else; None where the rule finds nothing to change."""

_AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|will|would|has|have|had|does|do|should|may|might|must)\b(?! not)(?= [a-z])")
_VERBS = (
    "achieve improve reduce outperform demonstrate show provide enable require support preserve maintain introduce propose present "
    "use employ address yield reveal find observe evaluate train generate produce allow offer combine capture learn exceed surpass "
    "increase decrease accelerate retain leverage integrate apply adapt extend eliminate suffer struggle rely depend lead help make "
    "contain cover include exhibit optimize minimize maximize deliver obtain develop facilitate mitigate"
).split()


def _third(verb: str) -> str:
    return (
        verb[:-1] + "ies"
        if verb.endswith("y") and verb[-2] not in "aeo"
        else verb + ("es" if verb.endswith(("s", "x", "sh", "ch")) else "s")
    )


def _past(verb: str) -> str:
    irregular = {"show": "showed", "find": "found", "lead": "led", "make": "made"}
    return irregular.get(verb) or (verb + "d" if verb.endswith("e") else verb[:-1] + "ied" if verb.endswith("y") else verb + "ed")


_FINITE = {_third(v): f"does not {v}" for v in _VERBS} | {_past(v): f"did not {v}" for v in _VERBS if v not in ("train", "adapt", "learn")}
_PLURAL = re.compile(rf"\b(we|they|models|methods|results|experiments|approaches|LLMs|that) ({'|'.join(_VERBS)})\b", re.IGNORECASE)
_FINITE_VERB = re.compile(
    rf"(?<![-\w])({'|'.join(v for v in _FINITE if v.endswith('s'))}|outperformed|achieved|showed|demonstrated)\b(?!-)"
)


def negated(sentence: str, rng: random.Random) -> str | None:
    """A negation before one of its verbs."""
    made = [sentence[: m.end()] + " " + rng.choice(["not", "not", "never"]) + sentence[m.end() :] for m in _AUXILIARY.finditer(sentence)]
    made += [sentence[: m.start()] + _FINITE[m[1]] + sentence[m.end() :] for m in _FINITE_VERB.finditer(sentence)]
    made += [sentence[: m.end(1)] + rng.choice([" do not ", " never "]) + sentence[m.start(2) :] for m in _PLURAL.finditer(sentence)]
    return rng.choice(made) if made else None


_OPPOSITES = [
    line.split()
    for line in """higher lower
highest lowest
high low
faster slower
fast slow
fastest slowest
better worse
best worst
more less
more fewer
most least
larger smaller
large small
largest smallest
longer shorter
long short
stronger weaker
strong weak
deeper shallower
increase decrease
increases decreases
increased decreased
increasing decreasing
increases reduces
improve degrade
improves degrades
improved degraded
improving degrading
improves worsens
improve worsen
improvement degradation
improvements degradations
reduce increase
reduces increases
reduced increased
reducing increasing
reduction increase
reductions increases
outperforms underperforms
outperform underperform
outperforming underperforming
exceeds trails
accelerates slows
accelerate slow
gain loss
gains losses
efficient inefficient
efficiently inefficiently
effective ineffective
effectively ineffectively
superior inferior
simple complex
simpler harder
easy hard
cheap expensive
costly cheap
reliable unreliable
robust fragile
stable unstable
accurate inaccurate
significant insignificant
significantly insignificantly
substantial negligible
successful unsuccessful
successfully unsuccessfully
possible impossible
feasible infeasible
practical impractical
necessary unnecessary
sufficient insufficient
similar different
same different
consistent inconsistent
consistently inconsistently
relevant irrelevant
dense sparse
sparse dense
static dynamic
dynamic static
explicit implicit
implicitly explicitly
supervised unsupervised
structured unstructured
labeled unlabeled
online offline
open closed
public private
local global
global local
internal external
early late
earlier later
first last
before after
after before
above below
with without
without with
always never
often rarely
frequently rarely
all none
both neither
many few
enables prevents
enable prevent
enabling preventing
allows forbids
allow forbid
allowing forbidding
supports opposes
preserves destroys
preserving destroying
maintains loses
maintaining losing
minimize maximize
minimizes maximizes
minimizing maximizing
compress expand
encourages discourages
includes excludes
including excluding
accept reject
succeed fail
benefit harm
benefits harms
advantage disadvantage
advantages disadvantages
strength weakness
strengths weaknesses
positive negative
positively negatively
maximum minimum
upper lower
broad narrow
wide narrow
rich poor
powerful weak
promising discouraging
novel outdated
recent ancient
trainable frozen
frozen trainable
parallel sequential
sequential parallel
automatic manual
automatically manually
directly indirectly
lightweight heavy
compact bulky
abundant scarce
rarely often
unlike like
true false
correct incorrect
correctly incorrectly""".splitlines()
]  # fmt: skip
_OPPOSITE: dict[str, list[str]] = {}
for _word, _other in _OPPOSITES:
    _OPPOSITE.setdefault(_word, []).append(_other)
_OPPOSED = re.compile(rf"(?<![-\w])({'|'.join(sorted(_OPPOSITE, key=len, reverse=True))})(?![-\w])", re.IGNORECASE)


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


def opposed(sentence: str, rng: random.Random) -> str | None:
    """One word turned to its opposite."""
    found = list(_OPPOSED.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    return sentence[: match.start()] + _cased(rng.choice(_OPPOSITE[match[1].lower()]), match[1]) + sentence[match.end() :]


_NAME = r"[A-Z][\w.+-]*(?:[A-Z0-9][\w.+-]*)(?: \d+[BM])?"
_SYSTEM = re.compile(rf"(?<![\w-]){_NAME}(?![\w-])")
_COMPARING = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|better than|faster than|higher than|lower than|smaller than|larger than|"
    r"(?:more|less|fewer)\b[^,;.]{0,40}\bthan|than|over|compared (?:to|with)|superior to|improv\w+ (?:over|upon|on))\b"
)


def exchanged_names(sentence: str, rng: random.Random) -> str | None:
    """The systems on either side of a comparing word exchanged."""
    for comparing in _COMPARING.finditer(sentence):
        left = list(_SYSTEM.finditer(sentence, 0, comparing.start()))
        right = _SYSTEM.search(sentence, comparing.end())
        if left and right and left[-1][0] != right[0] and right.start() - comparing.end() < 60 and comparing.start() - left[-1].end() < 80:
            a, b = left[-1], right
            return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]
    return None


_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w.-]*[A-Za-z]{2})(?![\d.])")


def exchanged_numbers(sentence: str, rng: random.Random) -> str | None:
    """Two of its numbers exchanged."""
    found = list(_FIGURE.finditer(sentence))
    pairs = [(a, b) for i, a in enumerate(found) for b in found[i + 1 :] if a[0] != b[0]]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]


_VERSION = re.compile(r"\b([A-Za-z]{2,}[- ]?[vV]?)(\d(?:\.\d)?)(?![\d.]*(?:[%×BbMK]|x\b))\b")


def another_version(sentence: str, rng: random.Random) -> str | None:
    """A system of another version: Qwen2.5 becomes Qwen9.7."""
    found = [m for m in _VERSION.finditer(sentence) if m[1][0].isupper() and not m[1].startswith(("In ", "On ", "Top", "Stage", "Phase"))]
    if not found:
        return None
    match = rng.choice(found)
    version = re.sub(r"\d", lambda digit: str((int(digit[0]) + rng.randint(2, 8)) % 10 or 7), match[2])
    return sentence[: match.start(2)] + version + sentence[match.end(2) :] if version != match[2] else None


MUTATIONS: dict[str, Mutate] = {
    "negation": negated,
    "opposite": opposed,
    "names exchanged": exchanged_names,
    "numbers exchanged": exchanged_numbers,
    "version": another_version,
}
