"""A pool that is nearly full and an appliance without a second are told, with their place."""

import dataclasses

from planner.datacentre.solve import solve
from planner.limits import Limits
from topology.model import Network as Planned


def with_policy(planned: Planned, **shares: float) -> Planned:
    policy = planned.records.placement
    update = {name: getattr(policy, name).model_copy(update={"value": value}) for name, value in shares.items()}
    records = dataclasses.replace(planned.records, placement=policy.model_copy(update=update))
    return dataclasses.replace(planned, records=records)


def told(planned: Planned) -> list[tuple[str, str]]:
    found, _ = solve(planned, Limits())
    return [(finding.code, finding.where) for finding in found.findings]


def test_the_shares_of_the_policy_decide_what_is_told(planned: Planned) -> None:
    found, _ = solve(planned, Limits())
    most = max(found.part.used_share.values())
    assert not [code for code, _ in told(with_policy(planned, warn_share=1.0, full_share=1.0)) if code != "W-PLAN-403"]
    warned = told(with_policy(planned, warn_share=round(most - 0.01, 4), full_share=1.0))
    assert warned == [("W-PLAN-401", str(planned.records.positions["policy/placement/warn_share"]))]
    full = told(with_policy(planned, warn_share=0.0, full_share=round(most - 0.01, 4)))
    assert full.count(("W-PLAN-402", str(planned.records.positions["policy/placement/full_share"]))) == 1


def test_an_appliance_without_a_second_is_told(planned: Planned) -> None:
    services = tuple(
        service.model_copy(
            update={
                "workloads": tuple(
                    w.model_copy(update={"replicas": 1, "machines": w.machines[:1]}) if w.form == "appliance" else w
                    for w in service.workloads
                )
            }
        )
        for service in planned.records.services
    )
    alone = dataclasses.replace(planned, records=dataclasses.replace(planned.records, services=services))
    assert [place.split(":")[0] for code, place in told(alone) if code == "W-PLAN-403"] == [
        "services/2-protection.yaml"
    ]
