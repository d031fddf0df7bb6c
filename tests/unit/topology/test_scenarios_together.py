"""Scenarios beside each other and over a plan: order, contradictions, digests, lines that stand."""

import itertools
import shutil
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from tests.unit.topology.scenarios import MINI, base, codes, patched, scenario
from topology.candidates import candidate_links, line_of
from topology.model import LeasedLine
from topology.scenario import Over, apply
from topology.schema.network import ExistingLink


def test_scenarios_that_contradict_are_refused_and_those_that_agree_are_not() -> None:
    one = scenario("one", set=[{"path": "site/commune-01/officials", "to": 30}])
    assert codes(one, scenario("two", set=[{"path": "site/commune-01/officials", "to": 31}])) == ["E-SCN-002"]
    assert patched(one, scenario("two", set=[{"path": "site/commune-01/officials", "to": 30}]))
    (found,) = apply(base(), [one, scenario("two", remove=[{"path": "site/commune-01"}])]).findings
    assert found.code == "E-SCN-001"
    assert found.hint is not None
    assert "removed by another patch" in found.hint.en
    twice = {"scale": [{"path": "site/commune-01/officials", "by": 2}]}
    both = patched(scenario("one", **twice), scenario("two", **twice))
    assert next(site for site in both.sites if site.id == "commune-01").officials == 4 * 24


PATCHES: list[dict[str, Any]] = [
    {"set": [{"path": "site/commune-01/officials", "to": 30}]},
    {"set": [{"path": "policy/network/max_hops", "to": 2}], "remove": [{"path": "duct/duct-01-02"}]},
    {"scale": [{"path": "service/*/traffic/*/up_mbps", "by": 2}]},
    {"scale": [{"path": "service/one-stop/traffic/*/up_mbps", "by": 3}], "end_contracts": [{"carrier": "gamma"}]},
    {"set": [{"path": "site/*/officials", "where": {"class": "district"}, "to": 40}]},
]


@given(st.lists(st.sampled_from(range(len(PATCHES))), min_size=2, max_size=4, unique=True), st.randoms())
@settings(max_examples=15, deadline=None, derandomize=True)
def test_the_order_of_scenarios_does_not_count(chosen: list[int], random: Any) -> None:
    files = [scenario(f"s{index}", **PATCHES[index]) for index in chosen]
    mixed = list(files)
    random.shuffle(mixed)
    assert patched(*files) == patched(*mixed)
    assert patched(*files).digest == patched(*mixed).digest


def test_the_digest_knows_records_and_scenarios() -> None:
    files = [scenario("a", **PATCHES[0]), scenario("a", **PATCHES[1]), scenario("b", **PATCHES[0]),
             scenario("a", **PATCHES[0], committed=True)]  # fmt: skip
    digests = [base().digest, *(patched(file).digest for file in files)]
    assert len(set(digests)) == len(digests)


def test_the_lines_of_a_plan_stand_and_the_lost_ones_go() -> None:
    links = [link for link in candidate_links(base()) if link.a in ("commune-01", "commune-02", "exchange-bac")]
    lines = []
    for link in links:
        kind, a, b, carrier, route = line_of(link)
        said = {"kind": kind, "site": a, "to": b, "carrier": carrier, "route": route, "module": link.modules[0].id,
                "source": "teaching", "quality": "assumption"}  # fmt: skip
        lines.append(LeasedLine(link.id, ExistingLink.model_validate(said), 1))
    over = Over(lines=tuple(lines), points=("exchange-bac",))
    kept = patched(scenario(over="plan"), over=over)
    leased = {link.id for link in candidate_links(kept) if any(module.existing for module in link.modules)}
    assert leased == {link.id for link in links}
    assert {kind for kind, *_ in map(line_of, links)} >= {"access", "mobile", "trunk"}
    assert next(x for x in kept.exchanges if x.id == "exchange-bac").concentration_one_off_vnd == 0
    gone = patched(scenario(over="plan", end_contracts=[{"carrier": "alpha"}]), over=over)
    assert {line.carrier for line in gone.existing_links} == {line.record.carrier for line in lines} - {"alpha"}
    assert patched(scenario(), over=over).existing_links == base().existing_links


def test_a_committed_scenario_is_beside_the_records(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    path = province / "scenarios" / "busy-counters.yaml"
    assert topology.load(province).committed is None
    path.write_text(
        path.read_text(encoding="utf-8").replace("quality:", "committed: true\nquality:", 1), encoding="utf-8"
    )
    own = topology.load(province)
    assert own.committed is not None
    assert own.services == base().services
    assert own.committed.services != base().services
    assert own.digest not in (base().digest, own.committed.digest)
    assert topology.load(province, ["busy-counters"]).committed is None


def test_every_pair_of_overlapping_sets_is_found() -> None:
    paths = ["site/commune-01", "site/commune-01/officials", "site/*/officials"]
    for left, right in itertools.combinations(paths, 2):
        whole = base().sites[0].model_dump(mode="json", by_alias=True)
        lists = [{"path": path, "to": whole if path.count("/") == 1 else 3 + index}
                 for index, path in enumerate((left, right))]  # fmt: skip
        assert set(codes(scenario("a", set=lists[:1]), scenario("b", set=lists[1:]))) == {"E-SCN-002"}, (left, right)
