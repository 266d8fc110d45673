"""References of 3D models: URL, URN, compound, national and German AdV names.

Gives the horizontal CRS as text, whether the file writes north before east, and the factor that
brings heights to metres. What the numbers really say is settled in ``cadastre.sources.crs``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyproj import CRS
from pyproj.exceptions import CRSError

from cadastre.errors import InputError
from cadastre.sources.crs import crs_name

_EPSG_SHORT = re.compile(r"EPSG(?:\.xml#|:+|/[\d.]+/)(\d+)", re.IGNORECASE)
_ADV_UTM = re.compile(r"ETRS89_UTM(\d\d)", re.IGNORECASE)
_ADV_GAUSS = re.compile(r"DE_DHDN_3GK(\d)", re.IGNORECASE)
_OFFICIAL_AXES = ("urn:ogc:def:crs", "http://www.opengis.net/def/crs",
                  "https://www.opengis.net/def/crs")  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """Horizontal CRS of a model, its axis order as written, metres per unit of height."""

    crs: str
    north_first: bool = False
    height_factor: float = 1.0


def declared_reference(text: str, file: str) -> Reference:
    """Understand the reference a file declares.

    ``north_first`` is true where the text is of a kind that promises the official order of axes
    (URN or URL of OGC) and that order starts with the north; short forms (``EPSG:31467``) mean
    east before north.

    Raises
    ------
    InputError
        ``model_crs_unknown`` when the text names no CRS.

    Examples
    --------
    >>> declared_reference("urn:ogc:def:crs:EPSG::7415", "delft.city.json").crs
    'EPSG:28992'
    >>> declared_reference("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH", "x.gml").crs
    'EPSG:25832'
    """
    full = _parse(text.strip(), file)
    flat = full.sub_crs_list[0] if full.is_compound else full
    official = text.strip().lower().startswith(_OFFICIAL_AXES)
    first = flat.axis_info[0].direction.lower() if flat.axis_info else "east"
    return Reference(crs_name(full), official and first == "north", _height_factor(full))


def _parse(text: str, file: str) -> CRS:
    for guess in _guesses(text):
        try:
            return CRS.from_user_input(guess)
        except CRSError:
            continue
    raise InputError("model_crs_unknown", file=file, crs=text)


def _guesses(text: str) -> list[str]:
    guesses = [text]
    found = _EPSG_SHORT.search(text)
    if found:
        guesses.append(f"EPSG:{found.group(1)}")
    utm, gauss = _ADV_UTM.search(text), _ADV_GAUSS.search(text)
    if utm:
        guesses.append(f"EPSG:258{utm.group(1)}")
    if gauss:
        guesses.append(f"EPSG:3146{4 + int(gauss.group(1))}")
    return guesses


def _height_factor(full: CRS) -> float:
    for axis in full.axis_info:
        if axis.direction.lower() == "up":
            return float(axis.unit_conversion_factor)
    return 1.0
