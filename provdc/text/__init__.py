"""All texts that people read, in both languages, side by side in YAML files; code holds only their keys.

Imports nothing of ours. A text is found by ``<file>.<key>``; its ``{facts}`` are filled in by the caller, numbers
already formatted by `provdc.text.numbers`.
"""

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

Lang = Literal["en", "vi"]
LANGS: tuple[Lang, ...] = get_args(Lang)


@cache
def table() -> dict[str, dict[Lang, str]]:
    """Return every text: ``file.key`` → language → text."""
    texts: dict[str, dict[Lang, str]] = {}
    for path in sorted(files(__name__).iterdir(), key=lambda item: item.name):
        if path.name.endswith(".yaml"):
            entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            texts |= {f"{path.name.removesuffix('.yaml')}.{key}": entry for key, entry in entries.items()}
    return texts


def has(key: str) -> bool:
    """Tell whether there is a text with this key."""
    return key in table()


def say(lang: Lang, key: str, /, **facts: object) -> str:
    """Return the text ``key`` in ``lang`` with its facts filled in.

    Raises
    ------
    KeyError
        When there is no such text, or one of its facts is missing: a mistake of ours, never of the user.
    """
    return table()[key][lang].format(**facts)


def language(asked: Lang | None, environment: Mapping[str, str] = os.environ) -> Lang:
    """Return the language to speak: the one asked for, else the one of the locale, else English."""
    if asked is not None:
        return asked
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "vi" if locale.lower().startswith("vi") else "en"
