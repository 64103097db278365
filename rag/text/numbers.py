"""Numbers as they are spelt."""

NUMBERS = {word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)}
"""Word -> number, in small letters, in order."""
