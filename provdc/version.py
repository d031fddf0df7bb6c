"""Version of this provdc, as plans record it."""

from importlib.metadata import version

VERSION = version("provdc")
