"""A user's mistake at the command line: a code, a text in both languages, and the next command."""

from provdc.text import Lang, has, say


class UserError(Exception):
    """Something that the user can put right; shown without a traceback.

    Parameters
    ----------
    number
        Of the stable code, `E-CLI-001`; its page is in docs/errors.
    key
        Text `errors.<key>`, and `errors.<key>_hint` when there is something to do about it.
    facts
        What the texts name.
    """

    def __init__(self, number: int, key: str, **facts: object) -> None:
        super().__init__(number, key, facts)
        self.code = f"E-CLI-{number:03}"
        self.key = key
        self.facts = facts

    def lines(self, lang: Lang) -> list[str]:
        """Return the message and the hint."""
        lines = [f"{self.code}  {say(lang, f'errors.{self.key}', **self.facts)}"]
        if has(f"errors.{self.key}_hint"):
            lines.append(say(lang, f"errors.{self.key}_hint", **self.facts))
        return lines

    def __str__(self) -> str:
        return "  ".join(self.lines("en"))
