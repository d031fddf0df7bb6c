"""Malware is caught on every server, and what catches it is fresh."""

import time

from testinfra.host import Host

from planner.plan import Machine, Plan
from tests.compliance.control import control, machines
from tests.compliance.samples import EICAR

NOT_SERVERS = ("client", "gateway")


@control("HOST-AV")
@machines(other_than=NOT_SERVERS)
def test_eicar_is_caught(host: Host, machine: Machine) -> None:
    clean = host.run("printf %s 'mot tep sach' | clamdscan --no-summary -")
    assert clean.rc == 0, clean.stdout + clean.stderr
    caught = host.run("printf %s %s | clamdscan --no-summary -", "%s", EICAR)
    assert caught.rc == 1, caught.stdout + caught.stderr
    assert "FOUND" in caught.stdout


@control("HOST-AV")
@machines("antivirus")
def test_signatures_are_not_older_than_a_day(host: Host, machine: Machine) -> None:
    newest = max(
        int(line) for line in host.check_output("stat -c %Y /var/lib/clamav/*.*db").splitlines() if line.isdigit()
    )
    checked = host.run("stat -c %Y /var/log/clamav/freshclam.log")
    last_check = int(checked.stdout) if checked.rc == 0 else 0
    age = time.time() - max(newest, last_check)
    assert age <= 24 * 3600, f"{age / 3600:.1f} h"
    assert host.service("clamav-freshclam").is_running


@control("HOST-AV")
def test_every_planned_server_is_covered(plan: Plan) -> None:
    """Coverage is a promise for all servers: each has a flow to the antivirus server."""
    scanners = {machine.zone for machine in plan.machines if machine.role == "antivirus"}
    assert scanners
    sources = {flow.source for flow in plan.flows if flow.destination in scanners and 3310 in flow.ports} | scanners
    servers = {m.zone for m in plan.machines if m.role not in (*NOT_SERVERS, "firewall")}
    assert servers <= sources, sorted(servers - sources)
