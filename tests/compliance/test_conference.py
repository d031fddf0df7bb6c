"""The conference bridge serves a commune's client through the firewall."""

from planner.plan import Machine
from tests.compliance.control import control, machines
from tests.compliance.remote import Remote, address

JANUS = """
import json, ssl, sys, urllib.request, uuid
bridge = "https://" + sys.argv[1] + ":8089/janus"
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
def call(path, body):
    request = urllib.request.Request(bridge + path, json.dumps(body | {"transaction": uuid.uuid4().hex}).encode())
    with urllib.request.urlopen(request, context=context, timeout=15) as reply:
        return json.load(reply)
session = call("", {"janus": "create"})["data"]["id"]
plugin = call(f"/{session}", {"janus": "attach", "plugin": "janus.plugin.videoroom"})["data"]["id"]
listed = call(f"/{session}/{plugin}", {"janus": "message", "body": {"request": "list"}})
call(f"/{session}", {"janus": "destroy"})
print(json.dumps(listed["plugindata"]["data"]["videoroom"]))
"""

STUN = """
import json, os, socket, struct, sys
wanted = os.urandom(12)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(3)
    for _ in range(3):
        client.sendto(struct.pack("!HHI", 1, 0, 0x2112A442) + wanted, (sys.argv[1], 3478))
        try:
            reply = client.recv(2048)
        except TimeoutError:
            continue
        print(json.dumps({"type": struct.unpack("!H", reply[:2])[0], "same": reply[8:20] == wanted}))
        break
    else:
        print(json.dumps({"type": None, "same": False}))
"""


@control("VC-BRIDGE")
@machines("client")
def test_a_room_list_is_served_over_tls(machine: Machine, remote: Remote) -> None:
    bridge = remote.one("conference")
    assert remote.python(machine.id, JANUS, address(bridge)) == "success"


@control("VC-BRIDGE")
@machines("client")
def test_the_relay_answers_a_binding_request(machine: Machine, remote: Remote) -> None:
    bridge = remote.one("conference")
    reply = remote.python(machine.id, STUN, address(bridge))
    assert reply == {"type": 0x0101, "same": True}, reply
