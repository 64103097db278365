"""Numbers as they are spelt."""

_TO_NINETEEN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}

NUMBERS = {word: n for n, word in enumerate(_TO_NINETEEN[:12], 1)}
"""Word -> number to twelve, in small letters, in order."""

TO_NINETY_NINE = (
    {"zero": 0}
    | {word: n for n, word in enumerate(_TO_NINETEEN, 1)}
    | _TENS
    | {f"{tens}-{unit}": value + n for tens, value in _TENS.items() for n, unit in enumerate(_TO_NINETEEN[:9], 1)}
)
"""Word -> number from zero to ninety-nine, in small letters."""
