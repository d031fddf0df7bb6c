"""What may stand in more than one place, decided together: bridges, servers of small rooms, hosts, own lines."""

from planner.joint.certificate import certificate
from planner.joint.decide import Decided, decide
from planner.joint.sites import Settled, settle

__all__ = ["Decided", "Settled", "certificate", "decide", "settle"]
