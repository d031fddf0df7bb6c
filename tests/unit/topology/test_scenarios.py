"""Scenarios: patches reach what they name and say where each value comes from."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from tests.unit.topology.scenarios import COMMON, INVENTORY, MINI, base, codes, patched, scenario
from topology import export_schema
from topology.candidates import candidate_links
from topology.check.references import check_references
from topology.read.yaml_file import read_yaml
from topology.scenario import ScenarioFile, apply
from topology.schema.scenario import Scenario


def test_a_value_is_set_and_stands_in_the_scenario() -> None:
    records = patched(scenario(set=[{"path": "site/commune-01/officials", "to": 99}]))
    assert next(site for site in records.sites if site.id == "commune-01").officials == 99
    assert records.positions["site/commune-01/officials"].file == "scenarios/x.yaml"
    assert records.positions["site/commune-01/name"].file == "sites.csv"
    (use,) = records.scenarios
    (patch,) = use.patches
    assert [(v.path, v.before, v.after) for v in patch.values] == [("site/commune-01/officials", "24", "99")]
    assert (patch.quality, patch.source, patch.said) == ("assumption", "teaching", "99")
    assert base().positions["site/commune-01/officials"].file == "sites.csv"


def test_a_figure_takes_the_source_of_its_patch() -> None:
    to = {"path": "policy/classes/commune/access_mbps", "to": 50, "quality": "official", "source": "tt19"}
    figure = patched(scenario(set=[to])).classes["commune"].access_mbps
    assert (figure.value, figure.quality, figure.source) == (50, "official", "tt19")
    whole = to | {"to": {"value": 60, "quality": "measured", "source": "survey of 2026"}}
    assert patched(scenario(set=[whole])).classes["commune"].access_mbps.quality == "measured"


def test_the_word_of_the_file_is_the_word_of_the_patch() -> None:
    wanted = {"path": "site/commune-0*/class", "to": "place"}
    nobody = [{"path": f"site/commune-0*/{field}", "to": 0} for field in ("officials", "population")]
    records = patched(scenario(set=[wanted, *nobody]))
    assert {site.site_class for site in records.sites if site.id.startswith("commune-0")} == {"place"}
    assert "site/commune-01/site_class" in {v.path for v in records.scenarios[0].patches[0].values}


def test_a_pattern_is_idle_only_when_all_it_reaches_is_so_already() -> None:
    centre = base().classes["core"].access_mbps.value
    some = {"path": "policy/classes/*/access_mbps", "to": centre}
    assert codes(scenario(set=[some])) == []
    assert set(codes(scenario(set=[{"path": "policy/classes/core/access_mbps", "to": centre}]))) == {"W-SCN-001"}


def test_where_narrows_a_selection() -> None:
    wanted = {"path": "site/*/officials", "where": {"class": "commune", "district": "district-tay"}, "to": 7}
    changed = {site.id for site in patched(scenario(set=[wanted])).sites if site.officials == 7}
    assert changed == {site.id for site in base().sites if site.district == "district-tay"}
    assert codes(scenario(set=[wanted | {"where": {"class": "core", "district": "district-tay"}}])) == ["E-SCN-001"]


def test_numbers_are_scaled_and_whole_ones_stay_whole() -> None:
    up = "service/one-stop/traffic/*/up_mbps"
    records = patched(scenario(scale=[{"path": up, "by": 3}, {"path": "site/commune-01/officials", "by": 1.53}]))
    traffic = next(service for service in records.services if service.id == "one-stop").traffic
    assert [entry.up_mbps.value for entry in traffic] == [0.45]
    assert next(site for site in records.sites if site.id == "commune-01").officials == 37


def test_workloads_are_reached_by_their_own_name() -> None:
    records = patched(
        scenario(set=[{"path": "workload/app/vcpu", "to": 12}, {"path": "workload/moved-*/vcpu", "to": 9}])
    )
    app = next(w for service in records.services for w in service.workloads if w.id == "app")
    assert app.vcpu.value == 12
    assert records.small_data_centres[0].vm.vcpu.value == 9
    for path in ("workload/app/vcpu", "service/one-stop/workloads/app/vcpu", "workload/moved-finance/vcpu"):
        assert records.positions[path].file == "scenarios/x.yaml"
    assert records.positions["workload/app/memory_gib"].file != "scenarios/x.yaml"


def test_records_come_and_go() -> None:
    site = {
        "id": "commune-77", "name": "Xã mới", "class": "commune", "district": "district-dong", "lat": 20.7,
        "lon": 105.6, "position_quality": "assumption", "address_slot": 30, "officials": 20,
        "officials_quality": "assumption", "source": "teaching",
    }  # fmt: skip
    traffic = {
        "id": "more", "service_class": "be", "site_classes": ["commune"], "per": "site",
        **{name: {"value": 1, "quality": "assumption", "source": "teaching"}
           for name in ("down_mbps", "up_mbps", "concurrency")},
    }  # fmt: skip
    records = patched(
        scenario(
            remove=[{"path": "duct/duct-01-02"}],
            add=[{"into": "site", "record": site}, {"into": "service/portal/traffic", "record": traffic}],
            set=[{"path": "service/portal/traffic/more/up_mbps", "to": 2}],
        )
    )
    assert "duct-01-02" not in {duct.id for duct in records.ducts}
    assert not [path for path in records.positions if path.startswith("duct/duct-01-02")]
    assert "commune-77" in {site.id for site in records.sites}
    portal = next(service for service in records.services if service.id == "portal")
    assert [(entry.id, entry.up_mbps.value) for entry in portal.traffic] == [("more", 2)]
    assert records.positions["site/commune-77/district"].file == "scenarios/x.yaml"
    assert records.positions["service/portal/traffic/more/down_mbps"].file == "scenarios/x.yaml"


def test_a_word_leaves_its_list() -> None:
    records = patched(scenario(remove=[{"path": "slice/machines/mail-1"}]))
    assert set(base().slice.machines) - set(records.slice.machines) == {"mail-1"}


def test_without_a_contract_nothing_is_leased_but_the_cable_stays() -> None:
    records = patched(scenario(end_contracts=[{"carrier": "beta"}]))
    links = candidate_links(records)
    assert {link.carrier for link in candidate_links(base())} == {"alpha", "beta", "gamma"}
    assert {link.carrier for link in links} == {"alpha", "gamma"}
    assert records.ducts == base().ducts
    assert "mobile" not in {
        link.kind for link in candidate_links(patched(scenario(end_contracts=[{"carrier": "gamma"}])))
    }


def test_ids_narrow_a_selection_and_must_be_there() -> None:
    wanted = {"path": "site/commune-*/officials", "ids": ["commune-01", "commune-03"], "to": 7}
    changed = {site.id for site in patched(scenario(set=[wanted])).sites if site.officials == 7}
    assert changed == {"commune-01", "commune-03"}
    assert codes(scenario(set=[wanted | {"ids": ["commune-01", "commune-99"]}])) == ["E-SCN-001"]


WRONG = {
    "a field that is not there": ({"set": [{"path": "site/commune-01/oficials", "to": 1}]}, "E-SCN-001"),
    "a value of the wrong kind": ({"set": [{"path": "site/commune-01/officials", "to": "many"}]}, "E-SHAPE-014"),
    "a value out of bounds": ({"set": [{"path": "policy/network/max_occupancy", "to": 7}]}, "E-SHAPE-016"),
    "an unknown field in a record": ({"set": [{"path": "site/commune-01", "to": {"id": "x"}}]}, "E-SHAPE-012"),
    "a record that is not whole": ({"add": [{"into": "duct", "record": {"id": "duct-x"}}]}, "E-SHAPE-012"),
    "a record that is there": ({"add": [{"into": "zone", "record": {}}]}, "E-SHAPE-012"),
    "an entry that is not whole": ({"add": [{"into": "service/portal/traffic", "record": {"id": "t"}}]}, "E-SHAPE-012"),
    "what is no list": ({"add": [{"into": "policy/network", "record": {}}]}, "E-SCN-005"),
    "a value that is no entry": ({"remove": [{"path": "site/commune-01/name"}]}, "E-SCN-005"),
    "no number": ({"scale": [{"path": "carrier/*/fixed", "by": 2}]}, "E-SCN-003"),
    "set and scaled": (
        {"set": [{"path": "site/commune-01/officials", "to": 1}], "scale": [{"path": "site/*/officials", "by": 2}]},
        "E-SCN-002",
    ),
    "a thing and something in it": (
        {
            "set": [
                {"path": "workload/app/vcpu", "to": {"value": 1, "quality": "assumption", "source": "teaching"}},
                {"path": "workload/app/vcpu/value", "to": 2},
            ]
        },
        "E-SCN-002",
    ),
    "an unknown carrier": ({"end_contracts": [{"carrier": "delta"}]}, "E-SCN-001"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_place(name: str) -> None:
    lists, code = WRONG[name]
    made = apply(base(), [scenario(**lists)])
    assert made.records is None
    assert {found.code for found in made.findings} == {code}
    assert all(found.file == "scenarios/x.yaml" and found.line > 5 for found in made.findings)


def test_what_a_scenario_breaks_is_found_and_tells_whose_it_is(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    text = yaml.safe_dump({"id": "cut", **COMMON, "remove": [{"path": "site/district-dong"}]}, allow_unicode=True)
    (province / "scenarios" / "cut.yaml").write_text(text, encoding="utf-8")
    found = topology.check(province)
    assert {one.code for one in found} >= {"E-REF-005"}
    assert all(one.hint and one.hint.en.startswith("scenarios/cut.yaml:") and one.hint.en.endswith(" removes it")
               for one in found if one.code == "E-REF-005")  # fmt: skip
    assert topology.load(province).sites
    with pytest.raises(topology.ProvinceError):
        topology.load(province, ["cut"])
    with pytest.raises(KeyError):
        topology.load(province, ["nothing"])


def test_assumptions_of_scenarios_are_listed() -> None:
    records = patched(scenario(set=[{"path": "site/commune-0*/officials", "to": 30, "note": "a guess"}]))
    said = {(one.what, one.value, one.reason) for one in topology.assumptions(records)}
    assert ("site/commune-0*/officials", "30 (7 values)", "Figure chosen for teaching; a guess") in said


@pytest.mark.parametrize(
    "path", sorted(INVENTORY.glob("*/scenarios/*.yaml")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_shipped_scenarios_fit_the_schema(path: Path) -> None:
    schema = json.loads(export_schema.schemas()["scenarios.schema.json"])
    value = read_yaml(path.read_text(encoding="utf-8"), path.name).value
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(value)] == []


def test_no_field_of_a_patch_is_silent() -> None:
    """Each field of each patch changes the patched records or what is said of them."""
    first = {"path": "site/*/officials", "where": {"class": "commune"}, "to": 30, "quality": "measured",
             "source": "survey", "note": "a note"}  # fmt: skip
    others: dict[str, Any] = {"path": "site/*/population", "where": {"class": "district"}, "to": 31,
                              "quality": "estimated", "source": "other", "note": "another"}  # fmt: skip
    before = patched(scenario(set=[first]))
    for name, value in others.items():
        assert patched(scenario(set=[first | {name: value}])).scenarios != before.scenarios, name
    for field in dataclasses.fields(before.scenarios[0].patches[0]):
        assert getattr(before.scenarios[0].patches[0], field.name) not in (None, ()), field.name
    top = {"why": {"vi": "c", "en": "d"}, "name": {"vi": "c", "en": "d"}, "committed": True, "over": "plan"}
    digests = {patched(scenario(set=[first], **{name: value})).digest for name, value in top.items()}
    assert len(digests | {before.digest}) == len(top) + 1
    inherited = scenario(set=[{"path": "site/*/officials", "to": 30}])
    for name, value in {"quality": "measured", "source": "survey"}.items():
        changed = dataclasses.replace(inherited, scenario=inherited.scenario.model_copy(update={name: value}))
        assert getattr(patched(changed).scenarios[0].patches[0], name) == value


WORDS = st.sampled_from(
    [
        "site/commune-01",
        "site/*/officials",
        "site/commune-0[1",
        "policy/classes/commune",
        "policy",
        "province/population/0",
        "workload/app",
        "workload/*/vcpu",
        "service/one-stop/traffic",
        "slice/machines/mail-1",
        "conference/*/members/commune",
        "existing-link/x",
        "figures/figures/internet_mbps",
        "carrier/alpha/id",
        "nothing/at/all",
        "zone/*/vlan",
        "host/*",
    ]
)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab-1", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "value", "source", "quality", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


INTO = st.sampled_from(["site", "duct", "service/portal/traffic", "slice/machines", "policy"])


LISTS_OF_PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "set": st.lists(st.fixed_dictionaries({"path": WORDS, "to": VALUES}), max_size=3),
        "scale": st.lists(st.fixed_dictionaries({"path": WORDS, "by": st.floats(1e-3, 1e300)}), max_size=2),
        "remove": st.lists(st.fixed_dictionaries({"path": WORDS}), max_size=2),
        "add": st.lists(
            st.fixed_dictionaries(
                {
                    "into": INTO,
                    "record": st.dictionaries(st.sampled_from(["id", "name", "class", "carrier"]), VALUES, max_size=3),
                }
            ),
            max_size=2,
        ),
        "end_contracts": st.lists(
            st.fixed_dictionaries({"carrier": st.sampled_from(["alpha", "gamma", "nobody"])}), max_size=2
        ),
    },
)


@given(LISTS_OF_PATCHES)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_no_patch_ends_in_a_traceback(lists: dict[str, Any]) -> None:
    """Whatever a scenario asks for, there are records, or findings with a place in its file that say why not."""
    text = json.dumps({"id": "x", **COMMON, **lists})
    document = read_yaml(text, "scenarios/x.yaml")
    if document.findings:
        return
    made = apply(base(), [ScenarioFile(Scenario.model_validate_json(text, strict=True), document)])
    errors = [found for found in made.findings if found.severity == "error"]
    assert (made.records is None) == bool(errors)
    assert all(found.file == "scenarios/x.yaml" for found in made.findings)
    if made.records is not None:
        check_references(made.records)


def test_bridges_and_moves_are_patched_as_all_else() -> None:
    price = {"path": "bridge/price_vnd", "to": 5_000_000, "quality": "official", "source": "tt19"}
    places = {"path": "bridge/places", "to": ["department"]}
    records = patched(scenario(set=[price, places, {"path": "moving/weeks_max", "to": 3}],
                               scale=[{"path": "moving/window_hours", "by": 0.5}]))  # fmt: skip
    assert records.bridge is not None
    assert records.moving is not None
    assert (records.bridge.price_vnd.value, records.bridge.price_vnd.source) == (5_000_000, "tt19")
    assert records.bridge.places == ("department",)
    assert (records.moving.weeks_max, records.moving.window_hours.value) == (3, 3)
    assert records.positions["moving/weeks_max"].file == "scenarios/x.yaml"
    assert records.digest != base().digest
    assert patched(scenario(set=[price])).digest != patched(scenario(set=[price | {"to": 6_000_000}])).digest
    assert codes(scenario(set=[{"path": "moving/weeks_max", "to": 0}])) == ["E-SHAPE-016"]


def test_a_province_without_bridges_and_moves_has_none_to_patch() -> None:
    bare = dataclasses.replace(base(), bridge=None, moving=None)
    found = apply(bare, [scenario(set=[{"path": "moving/weeks_max", "to": 3}])]).findings
    assert [one.code for one in found] == ["E-SCN-001"]
    assert apply(bare, [scenario(set=[{"path": "site/commune-01/officials", "to": 99}])]).records is not None
