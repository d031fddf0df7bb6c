"""Every text is there in both languages and names the same facts; every text that code asks for exists."""

import ast
import doctest
import re
import string
from pathlib import Path

import pytest

from provdc import pages
from provdc.reference import errors
from provdc.text import LANGS, has, language, numbers, say, table

ROOT = Path(__file__).parents[3]
TEXTS = table()


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_name_the_same_facts() -> None:
    wrong = [key for key, entry in TEXTS.items() if set(entry) != set(LANGS) or not all(map(str.strip, entry.values()))]
    assert wrong == []
    assert [key for key, entry in TEXTS.items() if places(entry["en"]) != places(entry["vi"])] == []


def test_no_key_is_a_word_that_yaml_takes_for_a_truth_value() -> None:
    assert [key for key in TEXTS if key.rpartition(".")[2] in ("True", "False", "None")] == []


def asked_for() -> dict[str, str]:
    """Return the texts that code and templates ask for by a literal key, with a file that does."""
    found: dict[str, str] = {}
    patterns = (
        ("provdc/report/templates/*.j2", r"""\bt\("([a-z_0-9]+)"(?!\s*~)""", "report."),
        ("provdc/**/*.py", r"""console\.say\(\s*"([a-z_0-9]+)\"""", "cli."),
        ("provdc/screen.py", r"""(?<![.\w])say\(\s*"([a-z_0-9]+)\"""", "cli."),
        ("provdc/explanation/*.py", r"""context\.say\(\s*"([a-z_0-9]+)\"""", "explain."),
        ("provdc/**/*.py", r"""UserError\(\s*\d+, "([a-z_0-9]+)\"""", "errors."),
    )
    for glob, pattern, prefix in patterns:
        for path in sorted(ROOT.glob(glob)):
            for key in re.findall(pattern, path.read_text(encoding="utf-8")):
                found.setdefault(prefix + key, str(path.relative_to(ROOT)))
    return found


def test_every_text_asked_for_exists() -> None:
    wanted = asked_for()
    assert {"report.", "cli.", "explain.", "errors."} <= {key.partition(".")[0] + "." for key in wanted}
    assert {key: file for key, file in wanted.items() if not has(key)} == {}


def reasons() -> dict[str, str]:
    """Return the reason codes that the planner can give, with a file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "planner").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Why":
                for argument in [word.value for word in node.keywords if word.arg == "code"] + node.args[:1]:
                    found |= dict.fromkeys(strings(argument), str(path.relative_to(ROOT)))
    return found


def strings(expression: ast.AST) -> set[str]:
    """Return the strings that an expression can be: not the keys of a table, not what a condition compares."""
    if isinstance(expression, ast.Constant):
        return {expression.value} if isinstance(expression.value, str) else set()
    if isinstance(expression, ast.Dict):
        return set().union(*map(strings, expression.values))
    if isinstance(expression, ast.IfExp):
        return strings(expression.body) | strings(expression.orelse)
    return set().union(*map(strings, ast.iter_child_nodes(expression)))


def test_every_reason_of_the_planner_has_a_text() -> None:
    assert len(reasons()) >= 5
    assert {code: file for code, file in reasons().items() if not has(f"why.{code}")} == {}


def test_errors_have_their_own_numbers() -> None:
    numbered: dict[str, set[str]] = {}
    for path in sorted((ROOT / "provdc").rglob("*.py")):
        for number, key in re.findall(r"""UserError\(\s*(\d+), "([a-z_0-9]+)\"""", path.read_text(encoding="utf-8")):
            numbered.setdefault(number, set()).add(key)
    assert all(len(keys) == 1 for keys in numbered.values()), numbered


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "vi"}, "vi"),
    ],
)
def test_language_follows_the_locale(environment: dict[str, str], expected: str) -> None:
    assert language(None, environment) == expected
    assert language("en", environment) == "en"


def test_missing_fact_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        say("en", "errors.no_plan")


def test_numbers_as_documented() -> None:
    assert doctest.testmod(numbers, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_passages_as_documented() -> None:
    assert doctest.testmod(pages).failed == 0


def test_errors_of_the_command_line_have_a_passage() -> None:
    for code in errors():
        page = pages.error_page(code)
        assert page is not None, code
        assert "what to do" in page


def test_money_keeps_number_and_unit_together() -> None:
    assert " " not in numbers.money("vi", 18_420_000_000)
    assert numbers.money("vi", -2_500_000).replace("\u00a0", " ") == "-2,5 triệu đồng"
    assert numbers.money("en", 999).replace("\u00a0", " ") == "999 VND"
