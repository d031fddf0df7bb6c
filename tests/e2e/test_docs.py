"""The documents tell the truth: every command of the tutorial runs, every file and name of the tour exists."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from planner.plan import Plan
from provdc.report import render
from tests.e2e.conftest import ROOT, environment
from topology import build, load
from topology.addresses import AddressPlan

ID = "commune-05083"
SHORT = "05083"
BLOCK = re.compile(r"^```console(?P<mark>[ a-z]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = "…"


def blocks(document: str, mark: str = "") -> list[list[tuple[str, list[str]]]]:
    """Return the console blocks of a document: each a list of commands with the lines shown after them."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        if match["mark"].strip() != mark:
            continue
        commands: list[tuple[str, list[str]]] = []
        for line in match["body"].splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip():
                commands[-1][1].append(line)
        found.append(commands)
    return found


def pattern(line: str) -> re.Pattern[str]:
    """Return what a shown line stands for: `…` is anything, white space is any white space."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split(ANY)]
    return re.compile(r"\s*" + r".*".join(parts) + (r".*" if line.endswith(ANY) else ""))


def follow(document: str, home: Path, mark: str = "", timeout: float = 300) -> None:
    """Run the commands of a document in a folder, and find the lines shown, in their order."""
    shown = blocks(document, mark)
    assert shown
    for block in shown:
        for command, expected in block:
            done = subprocess.run(
                ["bash", "-c", command], cwd=home, env=environment(), capture_output=True, text=True,
                timeout=timeout, check=False,
            )  # fmt: skip
            lines = (done.stdout + done.stderr).replace("\u00a0", " ").splitlines()
            assert "Traceback" not in done.stderr
            at = 0
            for line in expected:
                if line.strip() == ANY:
                    continue
                hit = next((n for n in range(at, len(lines)) if pattern(line).fullmatch(lines[n].rstrip())), None)
                assert hit is not None, f"{command}\nshows no line like\n{line}\nbut\n" + "\n".join(lines[at:])
                at = hit + 1
            assert expected or done.returncode == 0, f"{command}\n" + "\n".join(lines)


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    follow("tutorial.md", tmp_path)


def test_the_page_on_scenarios_does_what_it_says(tmp_path: Path) -> None:
    follow("scenarios.md", tmp_path)


def steps() -> list[str]:
    return re.findall(r"^\d+\. .*$", (ROOT / "docs" / "tour.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_tour_counts_its_steps() -> None:
    assert [int(step.partition(".")[0]) for step in steps()] == list(range(1, len(steps()) + 1))


@pytest.mark.parametrize("step", steps())
def test_every_file_and_name_of_the_tour_exists(step: str) -> None:
    named = [span for span in re.findall(r"`([^`]+)`", step) if re.fullmatch(r"[\w./-]+/[\w.-]+\.\w+(::\w+)?", span)]
    assert named, "a step names the file it happens in"
    for span in named:
        path, _, symbol = span.partition("::")
        assert (ROOT / path).is_file(), path
        if symbol:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert symbol in {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}, span


def test_the_id_stands_in_the_records_where_the_tour_says() -> None:
    for name in ("sites.csv", "ducts.csv", "mobile.csv", "slice.yaml"):
        assert ID in (ROOT / "inventory" / "hoa-binh" / name).read_text(encoding="utf-8"), name
    ducts = (ROOT / "inventory" / "hoa-binh" / "ducts.csv").read_text(encoding="utf-8")
    assert len(re.findall(rf"^duct-.*,{ID},|^duct-[^,]*,{ID}", ducts, re.MULTILINE)) == 4


def test_the_id_passes_through_the_graph() -> None:
    network = build(load(ROOT / "inventory" / "hoa-binh"))
    assert any(link.id.startswith(f"link-{SHORT}-") for link in network.links)
    assert any(link.id.startswith(f"mobile-{SHORT}-") for link in network.links)
    assert network.demands[ID].peak_mbps > 0
    assert any(state.id == "duct:duct-05041-05083" for state in network.states)
    assert AddressPlan(network.records).site_prefix(ID).prefixlen == 25


@pytest.mark.slow
def test_the_id_passes_through_plan_inventory_and_report(hoa_binh: Plan) -> None:
    site = next(site for site in hoa_binh.network.sites if site.id == ID)
    assert site.primary.nodes[0] == ID
    assert site.primary.nodes[-1] == hoa_binh.core
    assert {f"gw-{SHORT}", f"client-{SHORT}"} <= set(hoa_binh.slice_machines)
    html = render(hoa_binh, "vi")
    assert f'id="t-{ID}"' in html
    assert all(link in html for link in site.primary.links)
