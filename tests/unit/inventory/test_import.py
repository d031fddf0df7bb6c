"""The import of Hòa Bình's geography: the same bytes each time, a plausible network, every number from its rule."""

import csv
import math
from itertools import combinations
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import import_hoa_binh as imported
from inventory.geography import ducts, mobile, places
from inventory.geography.neighbours import close_bridges, cross, gabriel, plane, raise_degree, shortest_new, squared

RECORDS = Path(imported.__file__).parent / "hoa-binh"
TABLES = ("sites.csv", "exchanges.csv", "ducts.csv", "mobile.csv")


def rows(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hoa-binh")
    imported.main(folder)
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_import_gives_the_committed_bytes(written: Path, name: str) -> None:
    assert (written / name).read_bytes() == (RECORDS / name).read_bytes()


def test_import_again_changes_nothing_and_leaves_nothing(written: Path, tmp_path: Path) -> None:
    imported.main(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(TABLES)
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_counts_of_the_province(written: Path) -> None:
    sites = rows(written / "sites.csv")
    by_class = {name: sum(site["class"] == name for site in sites) for name in ("core", "department", "district")}
    assert by_class == {"core": 1, "department": 22, "district": 10}
    assert sum(site["class"] == "commune" for site in sites) == 151
    exchanges = rows(written / "exchanges.csv")
    assert len(exchanges) == 26
    assert [row["id"] for row in exchanges if row["host"] == "true"] == ["exchange-host"]
    assert len({row["near"] for row in exchanges}) == 26


def test_people_add_up_to_the_official_districts() -> None:
    communes = places.table("hoa-binh-communes.csv")
    people = places.shared_people(communes)
    for district, official in places.DISTRICT_PEOPLE.items():
        assert sum(people[row["code"]] for row in communes if row["district_code"] == district) == official
    assert all(abs(people[row["code"]] - int(row["population_est_2021"])) <= 1 for row in communes)


def test_officials_of_a_commune() -> None:
    assert places.commune_officials("xã", 3000) == 20
    assert places.commune_officials("thị trấn", 7499) == 20
    assert places.commune_officials("xã", 7500) == 21
    assert places.commune_officials("phường", 12750) == 24


def test_address_slots_count_from_one_within_each_block(written: Path) -> None:
    blocks: dict[str, list[int]] = {}
    for site in rows(written / "sites.csv"):
        if site["class"] != "core":
            blocks.setdefault(site["district"] or site["class"], []).append(int(site["address_slot"]))
    assert len(blocks) == 12
    for slots in blocks.values():
        assert sorted(slots) == list(range(1, len(slots) + 1))


def ducts_of(written: Path, carrier: str = "") -> nx.Graph:
    graph = nx.Graph()
    graph.add_edges_from(
        (row["a"], row["b"])
        for row in rows(written / "ducts.csv")
        if carrier in row["carriers"].split("|") or not carrier
    )
    return graph


@pytest.mark.parametrize("carrier", ["", "vnpt", "viettel"])
def test_no_single_duct_parts_the_province(written: Path, carrier: str) -> None:
    graph = ducts_of(written, carrier)
    assert set(graph) == {site["id"] for site in rows(written / "sites.csv")}
    assert nx.is_connected(graph)
    assert not nx.has_bridges(graph)


def test_core_and_host_have_three_ways_out(written: Path) -> None:
    graph = ducts_of(written)
    assert graph.degree["core"] >= 3
    assert graph.degree[f"commune-{places.HOST_WARD}"] >= 3


def test_small_carriers_reach_their_seats(written: Path) -> None:
    for carrier, districts in places.SMALL_CARRIERS.items():
        reached = nx.node_connected_component(ducts_of(written, carrier), "core")
        assert {f"commune-{places.SEATS[district]}" for district in districts} <= reached


def test_most_ducts_are_shared(written: Path) -> None:
    ducts = rows(written / "ducts.csv")
    shared = sum("|" in row["carriers"] for row in ducts) / len(ducts)
    assert 0.6 < shared < 0.95


def test_ducts_are_as_long_as_the_road(written: Path) -> None:
    at = {site["id"]: (float(site["lat"]), float(site["lon"])) for site in rows(written / "sites.csv")}
    points = plane(at)
    for duct in rows(written / "ducts.csv"):
        road = math.dist(points[duct["a"]], points[duct["b"]]) * ducts.DETOUR
        assert float(duct["length_km"]) == pytest.approx(road, abs=0.01 * road + 0.05)


def test_ducts_do_not_cross(written: Path) -> None:
    at = {site["id"]: (float(site["lat"]), float(site["lon"])) for site in rows(written / "sites.csv")}
    points = plane(at)
    ends = [(points[row["a"]], points[row["b"]]) for row in rows(written / "ducts.csv")]
    assert not [pair for pair in combinations(ends, 2) if cross(*pair[0], *pair[1])]


def test_flood_zones_hold_aerial_ducts_only(written: Path) -> None:
    flooded = [row for row in rows(written / "ducts.csv") if row["flood_zone"]]
    assert {row["flood_zone"] for row in flooded} == set(ducts.FLOODS)
    assert all(row["underground"] == "false" for row in flooded)


def test_dead_zones_hold_five_per_cent_of_the_people(written: Path) -> None:
    people = {site["id"]: int(site["population"]) for site in rows(written / "sites.csv")}
    cover = rows(written / "mobile.csv")
    for carrier in ("viettel", "vnpt"):
        dark = [people[row["site"]] for row in cover if row["carrier"] == carrier and row["indoor"] == "false"]
        least = mobile.DARK_SHARE * sum(people.values())
        assert least <= sum(dark) < least + max(dark)


def test_a_mast_on_fibre_names_a_duct_at_its_commune(written: Path) -> None:
    ends = {row["id"]: (row["a"], row["b"]) for row in rows(written / "ducts.csv")}
    cover = rows(written / "mobile.csv")
    assert {row["backhaul"] for row in cover} == {"fibre", "microwave"}
    for row in cover:
        assert bool(row["backhaul_duct"]) == (row["backhaul"] == "fibre")
        assert not row["backhaul_duct"] or row["site"] in ends[row["backhaul_duct"]]


def test_agencies_named_in_the_sources_say_so(written: Path) -> None:
    stated = {row["id"] for row in places.table("hoa-binh-agencies.csv") if row["stated"] == "yes"}
    assert len(stated) == 7
    sources = {site["id"]: site["source"] for site in rows(written / "sites.csv") if site["class"] == "department"}
    assert {name for name, source in sources.items() if source == "seeds"} == stated


coordinate = st.integers(0, 60)
clouds = st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=14, unique=True).map(
    lambda places: {
        f"p{i}": (x + 0.013 * ((i * 7) % 11), y + 0.017 * ((i * 5) % 13)) for i, (x, y) in enumerate(places)
    }
)


@given(clouds)
@settings(max_examples=60, deadline=None)
def test_gabriel_graph_is_connected_and_holds_the_shortest_tree(points) -> None:
    graph = nx.Graph(gabriel(points))
    assert set(graph) == set(points)
    assert nx.is_connected(graph)
    complete = nx.Graph()
    complete.add_weighted_edges_from((a, b, squared(points[a], points[b])) for a, b in combinations(points, 2))
    shortest = nx.minimum_spanning_tree(complete).size(weight="weight")
    for a, b in graph.edges:
        graph[a][b]["weight"] = squared(points[a], points[b])
    assert nx.minimum_spanning_tree(graph).size(weight="weight") == pytest.approx(shortest)


@given(clouds)
@settings(max_examples=60, deadline=None)
def test_gabriel_edges_do_not_cross(points) -> None:
    for (a, b), (c, d) in combinations(gabriel(points), 2):
        assert not cross(points[a], points[b], points[c], points[d])


def test_bridges_are_closed_by_the_shortest_edge() -> None:
    points = {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (2.0, 0.1), "d": (1.0, 5.0)}
    closed = close_bridges(points, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert closed == [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")]
    opened = close_bridges(points, [("a", "b"), ("b", "c"), ("c", "d")])
    assert not nx.has_bridges(nx.Graph(opened))
    assert opened[:3] == [("a", "b"), ("b", "c"), ("c", "d")]


def test_degree_is_raised_without_crossing() -> None:
    points = {"hub": (0.0, 0.0), "e": (2.0, 0.0), "n": (0.0, 1.0), "far": (3.0, 3.0), "w": (-2.5, 0.0)}
    edges = raise_degree(points, [("hub", "e"), ("e", "n")], "hub", 3)
    assert edges[2:] == [("hub", "n"), ("hub", "w")]
    with pytest.raises(ValueError):
        shortest_new(points, [("e", "n")], [("hub", "far")])
