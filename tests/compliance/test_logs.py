"""What happens on a machine is known at the collector within ten seconds, over TLS, and is kept."""

import secrets
import time

from testinfra.host import Host

from planner.plan import Machine
from tests.compliance.control import control, machines
from tests.compliance.remote import Remote

RETENTION_MONTHS = {2: 1, 3: 3, 4: 6, 5: 12}
"""TCVN 11930:2017."""


@control("LOG-CENTRAL")
@machines(other_than=("client", "log-collector"))
def test_a_line_reaches_the_collector(host: Host, machine: Machine, remote: Remote) -> None:
    collector = remote.host(remote.one("log-collector").id)
    nonce = secrets.token_hex(8)
    assert host.run("logger -t provdc-nonce %s", nonce).rc == 0
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        # in this machine's own folder: the search itself is logged, by the collector
        found = collector.run("grep -rlF %s %s", nonce, f"/var/log/remote/{machine.id}")
        if found.rc == 0:
            break
        time.sleep(0.3)
    assert found.rc == 0, f"{nonce} did not arrive"


@control("LOG-CENTRAL")
@machines("log-collector")
def test_the_collector_takes_tls_only(host: Host, machine: Machine) -> None:
    listening = {line.split()[4].rpartition(":")[2] for line in host.check_output("ss -Hltun").splitlines()}
    assert "6514" in listening
    assert not listening & {"514", "601"}, listening


@control("LOG-RET")
@machines("log-collector")
def test_logs_are_kept_long_enough(host: Host, machine: Machine, pytestconfig) -> None:
    months = RETENTION_MONTHS[max(2, pytestconfig.getoption("--level"))]
    text = host.file("/etc/logrotate.d/provdc-remote").content_string
    words = [line.split() for line in text.splitlines()]
    assert ["daily"] in words, text
    kept = next(int(line[1]) for line in words if line and line[0] == "rotate")
    assert kept >= months * 31, f"{kept} days kept, {months} months asked"
