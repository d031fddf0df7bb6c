"""The SNDlib reader: every letter of the model, capacity already there, packed files, folders without an index."""

import gzip
from pathlib import Path

import pytest

from planner.checker.survivable import verify_survivable
from planner.limits import Limits
from planner.survivable import tree
from planner.survivable.solve import solve
from tests.benchmarks.families.sndlib import FAMILY, cases, read
from tests.benchmarks.family import Case
from tests.unit.benchmarks.networks import extensive, random_network

LINK = """<link id="{id}"><source>{a}</source><target>{b}</target>
<setupCost>5</setupCost><routingCost>2</routingCost>{there}<additionalModules>{modules}</additionalModules></link>"""
MODULE = "<addModule><capacity>{}</capacity><cost>{}</cost></addModule>"
MODULES = MODULE.format(10, 4) + MODULE.format(2, 1)
THERE = "<preInstalledModule><capacity>3</capacity><cost>7</cost></preInstalledModule>"
DEMAND = """<demand id="{id}"><source>{a}</source><target>{b}</target><demandValue>{value}</demandValue>
<routingUnit>2</routingUnit><maxPathLength>2</maxPathLength></demand>"""


def network(links: tuple[str, ...] = ("ab", "bc", "ca"), space: str = ' xmlns="http://sndlib.zib.de/network"') -> str:
    nodes = "".join(f'<node id="{node}"/>' for node in "abc")
    body = "".join(
        LINK.format(id=pair, a=pair[0], b=pair[1], modules=MODULES, there=THERE if pair == "ab" else "")
        for pair in links
    )
    demands = DEMAND.format(id="ac", a="a", b="c", value=1.5) + DEMAND.format(id="bc", a="b", b="c", value=1)
    return (
        f"<network{space}><networkStructure><nodes>{nodes}</nodes><links>{body}</links></networkStructure>"
        f"<demands>{demands}</demands></network>"
    )


def written(folder: Path, text: str, name: str = "small.xml.gz") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_letters(tmp_path: Path) -> None:
    path = written(tmp_path, network())
    instance = read(path, "UUM U; survivable: routing cost ignored, no fixed charge, all single-link failures")
    assert (instance.sense, instance.sizing, len(instance.states)) == ("undirected", "modular", 4)
    assert instance.constant_cost == 7
    assert instance.links[0].existing == 3
    assert [demand.value for demand in instance.demands] == [3, 2]
    assert all(link.routing_cost == link.fixed_charge == 0 for link in instance.links)
    assert all(demand.hop_limit is None for demand in instance.demands)
    explicit = read(path, "DBE N (=X) incl. routing cost")
    assert (explicit.sense, explicit.sizing, len(explicit.states)) == ("bidirected", "explicit", 1)
    assert explicit.links[0].routing_cost == 2
    assert read(path, "DDS N").links[0].modules[0].capacity == 2
    assert len(read(path, "DDS N").links[0].modules) == 1
    assert read(path, "UUL N").links[0].unit_cost == 0.5


def test_any_model_is_told_by_the_links(tmp_path: Path) -> None:
    assert read(written(tmp_path, network()), "(any)").sense == "undirected"
    both = network(("ab", "ba", "bc", "cb", "ca"), space="")
    assert read(written(tmp_path, both, "both.xml"), "(any) U").sense == "bidirected"


def test_folder_without_index_is_solved(tmp_path: Path) -> None:
    written(tmp_path, network())
    (case,) = cases(tmp_path, "U")
    assert case.instance == "small"
    solved = FAMILY.solve(case, 30.0)
    assert (solved.status, solved.checked) == ("optimal", True)
    assert solved.objective == solved.bound == 7 + 6


def test_index_names_the_models(tmp_path: Path) -> None:
    written(tmp_path, network())
    rows = [
        "instance,family,model,best_known,bound,source",
        'small,sndlib,"UUM U; x",9,9,y',
        "small,sndlib,UUM N,5,5,y",
    ]
    (tmp_path / "index.csv").write_text("\n".join([*rows, "gone,sndlib,UUM N,1,1,y"]))
    assert [case.model for case in cases(tmp_path, None)] == ["UUM N", "UUM U; x"]
    assert [case.model for case in cases(tmp_path, "U")] == ["UUM U; x"]
    (tmp_path / "index.csv").write_text("\n".join([rows[0], "small,sndlib,(any),,,y"]))
    assert [case.model for case in cases(tmp_path, None)] == ["(any)"]
    assert [case.model for case in cases(tmp_path, "U")] == ["(any) U"]


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no SNDlib network"):
        read(written(tmp_path, "<network/>"), "UUM N")


def test_bridge_is_infeasible_and_checked(tmp_path: Path) -> None:
    path = written(tmp_path, network(("ab", "bc")))
    solved = FAMILY.solve(Case("small", "UUM U", path), 30.0)
    assert (solved.status, solved.checked) == ("infeasible", True)


@pytest.mark.parametrize("seed", range(10, 20))
def test_random_networks_equal_one_program_over_all_states(seed: int, tmp_path: Path) -> None:
    text, model = random_network(seed)
    instance = read(written(tmp_path, text, "random.xml"), model)
    engine = "rounds" if seed % 5 == 4 or not tree.available() else "tree"
    found = solve(instance, Limits(time_limit_s=60.0), engine=engine, processes=1)
    assert verify_survivable(found, instance)[1] == []
    expected = extensive(instance)
    if expected is None:
        assert found.status == "infeasible"
    else:
        assert found.status == "optimal"
        assert found.objective == pytest.approx(expected, rel=1e-5)
        assert found.bound == pytest.approx(expected, rel=1e-5)
