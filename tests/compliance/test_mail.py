"""The mail gateway refuses spam and malware, and lets an ordinary message through."""

from planner.plan import Machine
from tests.compliance.control import control, machines
from tests.compliance.remote import Remote, address
from tests.compliance.samples import EICAR, GTUBE

SEND = """
import json, smtplib, sys
from email.message import EmailMessage
gateway, recipient, kind, sample = sys.argv[1:]
message = EmailMessage()
message["From"], message["To"] = "kiem-thu@example.org", recipient
message["Subject"] = "provdc " + kind
message["Date"] = "Mon, 01 Jan 2024 08:00:00 +0700"
message["Message-ID"] = "<" + kind + "@example.org>"
if kind == "eicar":
    message.set_content("tep dinh kem")
    message.add_attachment(sample.encode(), maintype="application", subtype="octet-stream", filename="eicar.com")
else:
    message.set_content(sample)
with smtplib.SMTP(gateway, 25, timeout=30) as client:
    client.ehlo("client.example.org")
    sent = len(message.as_bytes())
    try:
        refused = client.send_message(message)
        print(json.dumps({"code": 250, "text": "accepted", "sent": sent}))
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error.decode(errors="replace")
        print(json.dumps({"code": error.smtp_code, "text": text, "sent": sent}))
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        print(json.dumps({"code": code, "text": text.decode(errors="replace"), "sent": sent}))
"""


def send(remote: Remote, sender: Machine, kind: str, sample: str) -> dict:
    """Send a message from the client through the gateway to its own domain and return the reply."""
    gateway = remote.one("mail-gateway")
    recipient = f"van-thu@{remote.plan.domain}"
    reply = remote.python(sender.id, SEND, address(gateway), recipient, kind, sample)
    assert reply["sent"] > len(sample), "the message was sent without its sample"
    return reply


@control("MAIL-GW")
@machines("client")
def test_an_ordinary_message_is_accepted(machine: Machine, remote: Remote) -> None:
    reply = send(remote, machine, "plain", "Kinh gui Van thu, thong bao lich hop.")
    assert reply["code"] == 250, reply


@control("MAIL-GW")
@machines("client")
def test_gtube_is_refused(machine: Machine, remote: Remote) -> None:
    reply = send(remote, machine, "gtube", GTUBE)
    assert reply["code"] == 554, reply
    assert "gtube" in reply["text"].lower(), reply


@control("MAIL-GW")
@machines("client")
def test_eicar_is_refused(machine: Machine, remote: Remote) -> None:
    reply = send(remote, machine, "eicar", EICAR)
    assert reply["code"] == 554, reply
    assert "virus" in reply["text"].lower(), reply
