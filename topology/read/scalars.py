"""What an unquoted word means: YAML 1.2 without its surprises, the same rules in YAML and CSV."""

import re
from dataclasses import dataclass

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)
_BOOLEAN_WORDS = {"yes", "no", "on", "off", "y", "n"}
_NUMBER_TRAPS = re.compile(
    r"[-+]?(0[0-9_]+|0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?|[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?)",
    re.IGNORECASE,
)
_MAX_DIGITS = 18
_CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trap:
    """A word that different programs read differently, or a number that is none."""

    code: str
    text: str


def plain(word: str) -> bool | int | float | str | Trap | None:
    """Return the value of an unquoted word.

    `no`, `010`, `1:30` and `1_000` mean different things to YAML 1.1 and 1.2: they are a `Trap`, and so is a
    number that is not finite or has more than 18 digits.
    """
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if _INTEGER.fullmatch(word):
        return int(word) if len(word) <= _MAX_DIGITS else Trap("E-SHAPE-009", word)
    if word.lower() in _BOOLEAN_WORDS or _NUMBER_TRAPS.fullmatch(word):
        return Trap("E-SHAPE-008", word)
    if _NOT_FINITE.fullmatch(word):
        return Trap("E-SHAPE-009", word)
    if _FLOAT.fullmatch(word):
        number = float(word) if len(word) <= 4 * _MAX_DIGITS else float("inf")
        return Trap("E-SHAPE-009", word) if number in (float("inf"), float("-inf")) else number
    return word
