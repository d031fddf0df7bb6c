"""A hundred seeded wrong records: each a clear error in the right file and line, never a traceback."""

import random
import re
import shutil
from pathlib import Path

import pytest

import topology

MINI = Path(__file__).parents[3] / "inventory" / "mini"
FILES = sorted(path.relative_to(MINI).as_posix() for path in MINI.rglob("*.*"))


def misspell_key(line: str, draw: random.Random) -> str | None:
    keys = re.findall(r"\b([a-z_]{4,})(?=: )", line)
    return line.replace(f"{key}: ", f"{key}x: ", 1) if keys and (key := draw.choice(keys)) else None


def wrong_type(line: str, draw: random.Random) -> str | None:
    numbers = re.findall(r"value: ([0-9.]+)", line)
    return line.replace(f"value: {draw.choice(numbers)}", "value: many", 1) if numbers else None


def negative(line: str, draw: random.Random) -> str | None:
    numbers = re.findall(r"(?:value: |length_km: |height_u: )([0-9.]+)", line)
    return line.replace(f" {number}", f" -{number}9", 1) if numbers and (number := draw.choice(numbers)) else None


def bad_quality(line: str, draw: random.Random) -> str | None:
    return line.replace("assumption", draw.choice(["guess", "assumptoin", "?"]), 1) if "assumption" in line else None


def unknown_id(line: str, draw: random.Random) -> str | None:
    ids = re.findall(r"\b((?:commune|district|department|exchange)-[a-z0-9]+)", line.partition("#")[0])
    return line.replace(f"{name},", f"{name}q,", 1) if len(ids) > 1 and (name := ids[-1]) else None


def broken_yaml(line: str, draw: random.Random) -> str | None:
    return line.replace("{", "{{", 1) if "{" in line and not line.lstrip().startswith("#") else None


MUTATIONS = [misspell_key, wrong_type, negative, bad_quality, unknown_id, broken_yaml]


@pytest.mark.parametrize("seed", range(100))
def test_a_wrong_record_is_named_where_it_stands(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    while True:
        name, mutate = draw.choice(FILES), draw.choice(MUTATIONS)
        path = province / name
        lines = path.read_text(encoding="utf-8").split("\n")
        number = draw.randrange(len(lines))
        changed = None if lines[number].lstrip().startswith("#") else mutate(lines[number], draw)
        if changed and changed != lines[number]:
            break
    lines[number] = changed
    path.write_text("\n".join(lines), encoding="utf-8")
    findings = topology.check(province)
    errors = [found for found in findings if found.severity == "error"]
    assert errors, f"{name}:{number + 1} {mutate.__name__}: {changed}"
    here = [found for found in errors if found.file == name]
    assert here, [found.where for found in errors]
    lines_named = [found.line for found in here]
    # a required key that is misspelt is also missing from the record that begins above it
    assert number + 1 in lines_named, f"{number + 1} not in {lines_named}: {changed}"
    assert all(found.message.en and found.message.vi and found.why.en for found in errors)


def _told(province: Path) -> list[tuple[str, str, int]]:
    with pytest.raises(topology.ProvinceError) as refused:
        topology.load(province)
    return [(found.code, found.file, found.line) for found in refused.value.findings]


def test_a_list_is_not_called_empty_for_the_errors_of_its_entries(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    file = province / "small_data_centres.yaml"
    file.write_text(file.read_text().replace("servers_max: {value: 4,", "servers_max: {value: -4,"))
    policy = province / "services" / "1-people.yaml"
    policy.write_text(policy.read_text().replace("p90: {value: 0", "p90: {value: 7"))
    assert {code for code, *_ in _told(province)} == {"E-SHAPE-016"}


def test_a_server_that_is_there_was_not_bought_in_years_to_come(tmp_path: Path) -> None:
    province = Path(shutil.copytree(MINI, tmp_path / "mini"))
    file = province / "facility.yaml"
    host = (
        "existing_hosts:\n"
        "  - {id: old-1, model: host-small, rack: rack-1, bought_year: 2026, source: teaching, quality: assumption}"
    )
    file.write_text(file.read_text().replace("existing_hosts: []", host))
    line = 1 + file.read_text().splitlines().index(host.splitlines()[1])
    assert _told(province) == [("E-ENG-011", "facility.yaml", line)]
