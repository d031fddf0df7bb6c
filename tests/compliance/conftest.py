"""How the suite is fed: the plan, the way to the machines, the profile, the waivers."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

from planner.plan import Machine, Plan
from tests.compliance.control import Control, Waiver, catalogue, read_waivers
from tests.compliance.remote import Remote
from tests.compliance.results import Result, summary, write

CONTROLS = catalogue()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("provdc")
    group.addoption("--plan", type=Path, help="plan.json that the machines were built from")
    group.addoption("--ssh-config", type=Path, help="ssh configuration that reaches the machines by their ids")
    group.addoption("--profile", choices=("vn-2022", "vn-2026"), default="vn-2022", help="rule set to test against")
    group.addoption("--level", type=int, choices=(1, 2, 3, 4, 5), default=3, help="security level")
    group.addoption("--waivers", type=Path, help="YAML list of waivers: control, machine, reason, owner, expires")
    group.addoption("--results", type=Path, help="where to write the results as JSON")
    group.addoption("--drill", action="store_true", help="also run tests that stop something on purpose")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[PLAN] = read_plan(config.getoption("--plan"))
    config.stash[WAIVERS] = read_waivers(config.getoption("--waivers"))
    config.stash[RESULTS] = []


PLAN = pytest.StashKey[Plan]()
WAIVERS = pytest.StashKey[tuple[Waiver, ...]]()
RESULTS = pytest.StashKey[list[Result]]()


def read_plan(path: Path | None) -> Plan:
    """Read the plan or say what is wrong."""
    if path is None:
        message = "the compliance suite needs a plan: provdc verify, or pytest tests/compliance --plan FILE"
        raise pytest.UsageError(message)
    try:
        return Plan.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise pytest.UsageError(message) from None


def chosen(plan: Plan, mark: pytest.Mark) -> list[Machine]:
    """Return the machines of the slice that a `machines` mark selects."""
    roles: tuple[str, ...] = mark.kwargs["roles"]
    other_than: tuple[str, ...] = mark.kwargs["other_than"]
    return [
        machine
        for machine in plan.machines
        if machine.id in plan.slice_machines and (not roles or machine.role in roles) and machine.role not in other_than
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("machines")
    if mark is not None:
        found = chosen(metafunc.config.stash[PLAN], mark)
        metafunc.parametrize("machine", found, ids=[machine.id for machine in found])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    profile, level = config.getoption("--profile"), config.getoption("--level")
    kept, dropped = [], []
    for item in items:
        wanted = control_of(item)
        applies = profile in wanted.profiles and level in wanted.levels
        if item.get_closest_marker("drill") and not config.getoption("--drill"):
            applies = False
        (kept if applies else dropped).append(item)
        item.user_properties.append(("control", wanted.id))
        item.user_properties.append(("law", wanted.law))
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


def control_of(item: pytest.Item) -> Control:
    """Return the control of a test; a test without one is a mistake in the suite."""
    mark = item.get_closest_marker("control")
    if mark is None or mark.args[0] not in CONTROLS:
        message = f"{item.nodeid}: no control of the catalogue"
        raise pytest.UsageError(message)
    return CONTROLS[mark.args[0]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" or (report.when == "setup" and not report.passed):
        record(item, report)
    return report


def record(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add one result; a failure that a waiver covers is waived, and says by whom."""
    wanted = control_of(item)
    params = getattr(item, "callspec", None)
    machine = params.params["machine"].id if params and "machine" in params.params else "plan"
    message = "" if report.passed else first_line(report)
    outcome = report.outcome
    if outcome == "failed":
        for waiver in item.config.stash[WAIVERS]:
            if waiver.covers(wanted.id, machine, dt.datetime.now(dt.UTC).date()):
                outcome = "waived"
                message = f"{waiver.reason} ({waiver.owner}, until {waiver.expires}): {message}"
                report.outcome = "skipped"
                report.longrepr = (str(item.path), 0, f"Skipped: waived: {message}")
    name = item.originalname if isinstance(item, pytest.Function) else item.name
    item.config.stash[RESULTS].append(Result(wanted.id, name, machine, outcome, message, round(report.duration, 3)))


def first_line(report: pytest.TestReport) -> str:
    """Return the assertion or skip reason in one line."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr).splitlines()[0]


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--results")
    if path is not None and not session.config.option.collectonly:
        plan = session.config.stash[PLAN]
        write(
            path,
            session.config.stash[RESULTS],
            province=plan.province,
            digest=plan.digest,
            profile=session.config.getoption("--profile"),
            level=session.config.getoption("--level"),
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = summary(config.stash[RESULTS])
    terminalreporter.write_line("controls: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


@pytest.fixture(scope="session")
def plan(pytestconfig: pytest.Config) -> Plan:
    """The plan that promised what is tested."""
    return pytestconfig.stash[PLAN]


@pytest.fixture(scope="session")
def remote(pytestconfig: pytest.Config) -> Remote:
    """The way to the machines."""
    ssh_config = pytestconfig.getoption("--ssh-config")
    if ssh_config is None:
        pytest.skip("no machines: --ssh-config was not given")
    return Remote(ssh_config, pytestconfig.stash[PLAN])


@pytest.fixture
def host(machine: Machine, remote: Remote) -> Host:
    """The machine under test, over ssh, with sudo."""
    return remote.host(machine.id)
