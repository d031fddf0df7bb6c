"""The lab: real Debian machines with systemd as containers, in network namespaces of their own."""
