"""Machines broken on purpose: which command breaks what, and which test of which control has to notice.

The breakages can stand all at once: one run of the suite has to see them all. `provdc up` mends what it manages; what
it leaves alone, as a stranger's account, names the command that takes it away again.
"""

from dataclasses import dataclass

DROP_FLOW = """
nft -a list chain inet provdc forward | sed -n 's/.*flow lan-portal.*handle //p' |
xargs -n 1 nft delete rule inet provdc forward handle
"""
UNCOUNTED = """
rules=$(mktemp)
(echo flush ruleset; nft list ruleset | sed "/ct count over/d") > "$rules"
nft -f "$rules" && rm "$rules"
"""
BOTH_HOLD = """
own=$(ip -4 -o address show dev edge | awk 'NR == 1 {print $4}')
ip address add "${own%.*}.1/24" dev edge 2>/dev/null || true
"""
LISTEN = "systemd-run --quiet --unit=stranger python3 -m http.server"
HUSH = "systemctl stop stranger"
SSHD = "/etc/ssh/sshd_config.d/00-provdc.conf"


@dataclass(frozen=True, slots=True)
class Breakage:
    """One thing broken."""

    control: str
    test: str
    """The test that has to fail."""
    machine: str
    """Where it is broken; several names when it takes several machines."""
    command: str
    """Shell, as root."""
    noticed_at: str = ""
    """Whose result fails; the machine itself when empty."""
    mend: str = ""
    """Shell, as root; empty when `provdc up` mends it."""


BREAKAGES = (
    Breakage(
        "HOST-ROOT",
        "test_root_cannot_log_in",
        "app-1",
        f"sed -i 's/PermitRootLogin no/PermitRootLogin yes/' {SSHD}",
    ),
    Breakage(
        "HOST-ROOT",
        "test_no_second_superuser_and_no_empty_password",
        "conf-1",
        "useradd --non-unique --uid 0 --no-create-home toor",
        mend="sed -i /^toor:/d /etc/passwd /etc/shadow /etc/group /etc/gshadow",
    ),
    Breakage(
        "HOST-PROTO",
        "test_sshd_takes_keys_only",
        "mirror-1",
        f"sed -i 's/PasswordAuthentication no/PasswordAuthentication yes/' {SSHD}",
    ),
    Breakage("HOST-PROTO", "test_no_unsafe_protocol_listens", "gw-04", f"{LISTEN} 23", mend=HUSH),
    Breakage(
        "HOST-FW",
        "test_the_host_refuses_by_default",
        "client-04",
        "nft 'chain inet provdc input { policy accept; }'",
    ),
    Breakage("HOST-AV", "test_eicar_is_caught", "conf-1", "rm /etc/clamav/clamd.conf"),
    Breakage("HOST-AV", "test_signatures_are_not_older_than_a_day", "av-1", "systemctl stop clamav-freshclam"),
    Breakage("LOG-NTP", "test_the_clock_agrees_with_two_sources", "client-04", "systemctl stop chrony"),
    Breakage(
        "LOG-CENTRAL",
        "test_a_line_reaches_the_collector",
        "gw-04",
        "systemctl stop syslog.socket rsyslog.service",
    ),
    Breakage("LOG-CENTRAL", "test_the_collector_takes_tls_only", "log-1", f"{LISTEN} 514", mend=HUSH),
    Breakage(
        "LOG-RET",
        "test_logs_are_kept_long_enough",
        "log-1",
        "sed -i 's/rotate .*/rotate 7/' /etc/logrotate.d/provdc-remote",
    ),
    Breakage(
        "MAIL-GW",
        "test_gtube_is_refused",
        "mail-1",
        "postconf -e smtpd_milters= non_smtpd_milters= && postfix reload",
        noticed_at="client-04",
    ),
    Breakage("MAIL-GW", "test_eicar_is_refused", "mail-1", "true", noticed_at="client-04"),
    Breakage(
        "MAIL-GW",
        "test_an_ordinary_message_is_accepted",
        "mail-1",
        "postconf -e 'header_checks = regexp:{{/^Subject: provdc plain/ REJECT}}' && postfix reload",
        noticed_at="client-04",
    ),
    Breakage(
        "HOST-PATCH",
        "test_packages_come_from_the_own_mirror_only",
        "av-1",
        "echo deb http://packages.example.org/debian stable main > /etc/apt/sources.list.d/stranger.list",
        mend="rm /etc/apt/sources.list.d/stranger.list",
    ),
    Breakage("NET-CONN", "test_concurrent_connections_are_limited", "fw-b", UNCOUNTED),
    Breakage(
        "NET-MGMT",
        "test_ssh_is_open_to_the_management_zone_only",
        "app-1",
        "nft insert rule inet provdc input tcp dport 22 accept",
    ),
    Breakage(
        "NET-DEFDENY",
        "test_what_is_not_allowed_does_not_pass",
        "fw-a fw-b",
        "nft insert rule inet provdc forward tcp dport 22 accept",
        noticed_at="gw-04",
    ),
    Breakage("NET-DEFDENY", "test_no_rule_opens_more_than_its_flow", "fw-b", "true"),
    Breakage("NET-DEFDENY", "test_every_planned_flow_has_its_rule", "fw-a", DROP_FLOW),
    Breakage("NET-FW", "test_no_rule_accepts_everything", "fw-b", "nft add rule inet provdc input accept"),
    Breakage(
        "NET-FW",
        "test_forwarding_is_refused_unless_a_rule_allows_it",
        "fw-b",
        "nft 'chain inet provdc forward { policy accept; }'",
    ),
    Breakage("NET-DEFDENY", "test_the_application_answers_the_client", "app-1", "systemctl stop nginx", "client-04"),
    Breakage("NET-HA3", "test_failover_services_run", "fw-a", "systemctl stop conntrackd"),
    Breakage(
        "NET-HA3",
        "test_the_virtual_addresses_move_within_three_seconds",
        "fw-b",
        "systemctl stop keepalived",
        noticed_at="plan",
    ),
    Breakage(
        "NET-HA3",
        "test_exactly_one_firewall_holds_the_virtual_addresses",
        "fw-a fw-b",
        BOTH_HOLD,
        noticed_at="plan",
    ),
    Breakage(
        "VC-BRIDGE", "test_a_room_list_is_served_over_tls", "conf-1", "systemctl stop janus", noticed_at="client-04"
    ),
    Breakage(
        "VC-BRIDGE",
        "test_the_relay_answers_a_binding_request",
        "conf-1",
        "systemctl stop coturn",
        noticed_at="client-04",
    ),
)
