"""What every record shares: ids, figures with a source, the quality mark."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Quality = Literal["official", "measured", "estimated", "assumption"]
"""How far a figure can be trusted; reports list every `assumption` that moved the answer."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]
"""Human, stable, safe in a file name, a host name, an nftables set and a shell word."""

InterfaceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=15)]
"""Linux allows 15 characters."""

CarrierId = Id
SiteClass = Literal["core", "department", "district", "commune", "place"]
"""A `place` is no point of the network, but ducts meet there: an office that was closed, or is not open yet. A former
district still numbers the addresses of its communes."""
ServiceClass = Literal["ef", "af41", "af31", "af21", "be", "cs1"]
"""Differentiated-services classes: voice, videoconference, signalling, administrative, Internet, backup (RFC 4594)."""

Level = Literal[1, 2, 3, 4, 5]
"""Security level of an information system, Decree 85/2016/NĐ-CP articles 7–11."""


class Record(BaseModel):
    """A record: frozen, and a field it does not know is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Figure(Record):
    """One number with where it comes from; the unit stands in the name of the field that holds it."""

    value: float = Field(allow_inf_nan=False)
    """The number, in the unit that the field's name states."""
    quality: Quality
    """How far it can be trusted."""
    source: str = Field(min_length=1)
    """Key into `sources.yaml`, or a sentence."""
    note: str | None = None
    """What a reader should know before using it."""


class Count(Figure):
    """A figure that counts things."""

    value: int = Field(ge=0)
    """How many."""


class Lifetime(Count):
    """How long a thing is in use."""

    value: int = Field(ge=1, le=20)
    """Whole years."""


class Amount(Figure):
    """A figure that cannot be negative."""

    value: float = Field(ge=0, allow_inf_nan=False)
    """The number, in the unit that the field's name states."""


class Share(Figure):
    """A fraction between 0 and 1."""

    value: float = Field(ge=0, le=1)
    """0.9 is ninety per cent."""


class Weight(Figure):
    """A fraction above 0 and below 1."""

    value: float = Field(gt=0, lt=1)
    """0.3 is three tenths."""


def counted(figure: Count | None) -> int:
    """Return how many; what is not stated is none."""
    return figure.value if figure else 0


def stated(figure: Amount | None) -> float:
    """Return the number; what is not stated is nothing."""
    return figure.value if figure else 0.0


class Name(Record):
    """A name in both languages of the reports."""

    vi: str
    """Vietnamese."""
    en: str
    """English."""
