"""What the pipeline tells publishing about a run: plain data, every key optional.

The pipeline fills it from the territory file, the catalogue and the manifest; exports, map, sheet
and report read it. Dates are ISO text given by the caller: nothing here looks at the clock, so
that the same results give the same bytes.
"""

from __future__ import annotations

from typing import TypedDict


class Source(TypedDict, total=False):
    """One input: ``role`` is its key in the territory file (``batiments``, ``mns``...)."""

    role: str
    name: str
    vintage: str
    licence: str
    attribution: str
    path: str
    sha256: str
    note: str


class Provenance(TypedDict, total=False):
    """What made the results.

    ``territory`` is its name; ``fictitious`` says that the quarter does not exist;
    ``embedded_climate`` that no weather was given; ``weather`` describes the weather in French;
    ``computed_on`` is an ISO date; ``parameters_changed`` maps ``group.name`` to the value that
    replaces the default; ``attribution`` is the line of credits of the territory file;
    ``optimum_irradiation_kwh_m2`` is the yearly irradiation of the best
    unshaded plane of the place.
    """

    territory: str
    fictitious: bool
    embedded_climate: bool
    weather: str
    computed_on: str
    version: str
    crs: str
    sources: list[Source]
    attribution: str
    parameters_changed: dict[str, object]
    optimum_irradiation_kwh_m2: float
