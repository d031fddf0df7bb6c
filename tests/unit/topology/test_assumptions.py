"""Every assumed figure is listed once, with its place and its source in words."""

import dataclasses
import re
from pathlib import Path

import topology
from topology.assumptions import assumptions, digits
from topology.schema.base import Figure
from topology.walk import models

ROOT = Path(__file__).parents[3] / "inventory"
MINI, HOA_BINH = (topology.load(ROOT / name) for name in ("mini", "hoa-binh"))
TABLES = {"officials", "positions", "exchanges", "ducts", "mobile coverage", "leased lines", "existing hosts",
          "stated facts"}  # fmt: skip


def test_as_many_figures_as_the_files_mark() -> None:
    """Every `quality: assumption` of a YAML file stands in the list or in the count of its table."""
    for records, name in ((MINI, "mini"), (HOA_BINH, "hoa-binh")):
        texts = [path.read_text(encoding="utf-8") for path in (ROOT / name).rglob("*.yaml")
                 if path.parent.name != "scenarios"]  # fmt: skip
        marked = sum(len(re.findall(r"^[^#]*?quality: assumption", line)) + line.count("quality: assumption") - 1
                     if "quality: assumption" in line.partition("#")[0] else 0
                     for text in texts for line in text.splitlines())  # fmt: skip
        listed = assumptions(records)
        single = [one for one in listed if one.what not in TABLES]
        in_tables = sum(int(one.value.split()[0]) for one in listed if one.where.split(":")[0].endswith(".yaml")
                        and one.what in TABLES)  # fmt: skip
        assert len(single) + in_tables == marked


def test_places_point_at_the_figures() -> None:
    for one in assumptions(MINI):
        file, _, line = one.where.rpartition(":")
        text = (ROOT / "mini" / file).read_text(encoding="utf-8").splitlines()
        if one.what not in TABLES:
            assert one.value in text[int(line) - 1], one


def test_the_reason_is_the_title_of_the_source_and_the_note() -> None:
    assert {one.reason.partition(";")[0] for one in assumptions(MINI)} == {"Figure chosen for teaching"}
    figure = MINI.figure_records["internet_mbps"].model_copy(update={"note": "from the last bill"})
    noted = dataclasses.replace(MINI, figure_records=MINI.figure_records | {"internet_mbps": figure})
    (found,) = (one for one in assumptions(noted) if one.what == "figures/figures/internet_mbps")
    assert (found.value, found.reason) == ("300", "Figure chosen for teaching; from the last bill")


def test_a_sentence_is_its_own_reason() -> None:
    figure = MINI.figure_records["internet_mbps"].model_copy(update={"source": "asked by telephone"})
    said = dataclasses.replace(MINI, figure_records=MINI.figure_records | {"internet_mbps": figure})
    assert "asked by telephone" in {one.reason for one in assumptions(said)}


def test_what_is_known_better_is_not_listed() -> None:
    listed = {one.what for one in assumptions(HOA_BINH)}
    for path, value in models(HOA_BINH):
        if isinstance(value, Figure) and value.quality != "assumption":
            assert path not in listed
    assert "policy/network/max_occupancy" not in listed
    assert "policy/network/detour_factor" in listed


def test_tables_count_their_assumed_rows_for_each_source() -> None:
    first, *others = MINI.ducts
    surveyed = dataclasses.replace(MINI, ducts=(first.model_copy(update={"quality": "measured"}), *others))
    asked = dataclasses.replace(MINI, ducts=(first.model_copy(update={"source": "asked by telephone"}), *others))
    rows = len(MINI.ducts)

    def told(records: object) -> list[tuple[str, str]]:
        return [(one.value, one.reason) for one in assumptions(records) if one.what == "ducts"]

    title = "Figure chosen for teaching"
    assert told(MINI) == [(f"{rows} rows", title)]
    assert told(surveyed) == [(f"{rows - 1} rows", title)]
    assert sorted(told(asked)) == [("1 rows", "asked by telephone"), (f"{rows - 1} rows", title)]


def test_the_list_is_in_order_of_place() -> None:
    places = [(one.where.rpartition(":")[0], int(one.where.rpartition(":")[2])) for one in assumptions(HOA_BINH)]
    assert places == sorted(places)


def test_numbers_keep_their_digits() -> None:
    assert [digits(n) for n in (12_345_678, 12_000_000_000.0, 0.0005, 0.99, 0)] == [
        "12345678", "12000000000", "0.0005", "0.99", "0",
    ]  # fmt: skip
