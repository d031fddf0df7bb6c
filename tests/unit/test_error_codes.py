"""Every code that a user can see has a page, `provdc explain` finds it, and no page speaks of a code that is gone."""

import ast
import copy
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import topology
from inventory import hosts as inventory
from inventory.reach import InventoryError
from planner.errors import PlanningError
from planner.limits import Limits
from planner.plan import Plan
from planner.solve import solve
from provdc.pages import CODE, error_page
from provdc.reference import command_line
from topology import export_errors
from topology.check.messages import CATALOGUE

ROOT = Path(__file__).parents[2]
MINI = ROOT / "inventory" / "mini"
PACKAGES = ("topology", "planner", "stacks", "inventory", "playbooks", "provdc")
ANY = re.compile(r"\b[EW]-[A-Z]+-[0-9]{3}\b")
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in export_errors.DIRECTORY.glob("*-*.md")}


def raised() -> dict[str, str]:
    """Return every code that stands in a text of the sources, with a file where it stands."""
    found = dict.fromkeys(CATALOGUE, "topology/check")
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= dict.fromkeys(ANY.findall(node.value), str(path.relative_to(ROOT)))
    return found | dict.fromkeys(ANY.findall(command_line()), "provdc")


RAISED = raised()


@pytest.mark.parametrize("code", sorted(RAISED))
def test_every_code_is_explained(code: str) -> None:
    page = error_page(code)
    assert page is not None, f"{code} of {RAISED[code]} has no page in docs/errors"
    assert code in page
    if not code.startswith("E-CLI"):
        assert code in PAGES, f"{code} of {RAISED[code]} has no page of its own"


@pytest.mark.parametrize("code", sorted(PAGES))
def test_every_page_has_both_languages_and_a_code_that_is_raised(code: str) -> None:
    assert CODE.fullmatch(code)
    assert code in RAISED
    page = PAGES[code]
    assert page.startswith(f"# {code}\n")
    quoted = [line for line in page.splitlines() if line.startswith("> ")]
    assert len(quoted) == 2
    assert "**Why.**" in page
    assert "**Vì sao.**" in page


def test_the_table_lists_every_page() -> None:
    table = (export_errors.DIRECTORY / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\[([A-Z0-9-]+)\]", table)) == set(PAGES)


def _set(file: str, *steps: tuple[str | int, ...]) -> Callable[[Path], None]:
    """Return the change that puts the last of each step's words at the place that the others name."""

    def change(province: Path) -> None:
        path = province / file
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for *at, last, value in steps:
            place = document
            for key in at:
                place = place[key]
            place[last] = value
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    return change


def _fast_growth(province: Path) -> None:
    for path in (province / "services").iterdir():
        services = len(yaml.safe_load(path.read_text(encoding="utf-8"))["services"])
        bands = [("services", k, "growth", band, "value", 0.3) for k in range(services) for band in ("p50", "p90")]
        _set(f"services/{path.name}", *bands)(province)


def _bridges_before_the_scanner(province: Path) -> None:
    path = province / "services" / "1-people.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("address_offset: 40\n") == 1
    path.write_text(text.replace("address_offset: 40\n", "address_offset: 49\n"), encoding="utf-8")


def _not_moving(province: Path) -> None:
    path = province / "small_data_centres.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text("small_data_centres:" + text.partition("small_data_centres:")[2], encoding="utf-8")


def _nowhere_to_cascade(province: Path) -> None:
    _set("videoconference.yaml", ("bridge", "places", ["department"]), ("conferences", 1, "cascade", "required"))(
        province
    )
    path = province / "small_data_centres.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    (room,) = copy.deepcopy(document["small_data_centres"])
    vm = room["vm"] | {"id": "moved-office", "address_offset": 210}
    second = room | {"id": "room-office", "site": "department-office", "vm": vm}
    document["small_data_centres"].append(second)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _one_carrier_in_tay(province: Path) -> None:
    _set("carriers.yaml", ("carriers", 1, "districts", ["district-dong"]))(province)
    _set("policy.yaml", ("classes", "district", "survive", ["link", "duct", "exchange", "carrier"]))(province)


EXAMPLES: dict[str, Callable[[Path], None]] = {
    "E-PLAN-301": _set("policy.yaml", ("classes", "commune", "realtime_share_max", "value", 0.001)),
    "E-PLAN-303": _one_carrier_in_tay,
    "E-PLAN-311": _set("carriers.yaml", ("carriers", 1, "internet", False)),
    "E-PLAN-418": _bridges_before_the_scanner,
    "W-PLAN-601": _set("policy.yaml", ("classes", "commune", "availability", "value", 1)),
    "W-PLAN-602": _set("policy.yaml", ("money", "annual_budget_vnd", "value", 1_000_000_000)),
    "W-PLAN-603": _fast_growth,
    "W-PLAN-604": _not_moving,
    "W-PLAN-621": _set(
        "small_data_centres.yaml",
        ("moving", "weeks_max", 1),
        ("moving", "windows_per_week", 1),
        ("moving", "switched_per_window", 1),
    ),
    "E-PLAN-421": _nowhere_to_cascade,
    "W-PLAN-605": _set(
        "policy.yaml",
        ("money", "annual_budget_vnd", "value", 200_000_000),
        (
            "money",
            "budgets",
            [{"year": 2025, "purchases_vnd": {"value": 1_800_000_000, "quality": "assumption", "source": "teaching"}}],
        ),
    ),
    "W-PLAN-606": lambda _: None,
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_page_says_how_to_see_it(code: str, tmp_path: Path) -> None:
    assert "## Reproduce" in PAGES[code]
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    EXAMPLES[code](province)
    network = topology.build(topology.load(province))
    try:
        codes = {finding.code for finding in solve(network, Limits())[0].findings}
    except PlanningError as error:
        codes = {problem.code for problem in error.problems}
    always = {"W-PLAN-606"}
    assert codes - always == {code} - always
    assert code in codes


def _without(key: str, name: str, file: str) -> Callable[[Path], None]:
    """Return the change that takes an entry out of a list of a file."""

    def change(province: Path) -> None:
        path = province / file
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document[key] = [one for one in document[key] if name not in (one, one["id"] if isinstance(one, dict) else "")]
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    return change


def _one_port(province: Path) -> None:
    path = province / "flows.yaml"
    text = path.read_text(encoding="utf-8")
    assert "[3478, 10000-10199]" in text
    path.write_text(text.replace("[3478, 10000-10199]", "[3478]"), encoding="utf-8")


INVENTORY: dict[str, Callable[[Path], None]] = {
    "E-INV-001": _without("flows", "log-server", "flows.yaml"),
    "E-INV-002": _without("machines", "mirror-1", "slice.yaml"),
    "E-INV-004": _without("flows", "admin-server", "flows.yaml"),
    "E-INV-007": _one_port,
}


def _hosts(plan: Plan, names: tuple[str, ...], digest: str) -> None:
    machines = [SimpleNamespace(id=name) for name in names]
    inventory.hosts(plan, SimpleNamespace(plan=digest, machines=machines, ssh_config=Path("ssh_config")))


@pytest.mark.parametrize("code", INVENTORY)
def test_the_page_says_how_to_see_it_on_machines(code: str, tmp_path: Path) -> None:
    assert "## Reproduce" in PAGES[code]
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    INVENTORY[code](province)
    plan = solve(topology.build(topology.load(province)), Limits())[0]
    with pytest.raises(InventoryError, match=code):
        _hosts(plan, plan.slice_machines, plan.digest)


def test_machines_of_another_plan_are_refused() -> None:
    plan = solve(topology.build(topology.load(MINI)), Limits())[0]
    _hosts(plan, plan.slice_machines, plan.digest)
    with pytest.raises(InventoryError, match="E-INV-008"):
        _hosts(plan, (*plan.slice_machines, "app-77"), plan.digest)
    with pytest.raises(InventoryError, match="E-INV-009"):
        _hosts(plan, plan.slice_machines, "0" * 64)
    changed = plan.model_copy(update={"zones": tuple(zone for zone in plan.zones if zone.id != "server")})
    with pytest.raises(InventoryError, match="E-INV-003"):
        _hosts(changed, plan.slice_machines, plan.digest)
