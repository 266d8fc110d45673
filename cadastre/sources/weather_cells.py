"""Weather cells: which series lights which building, decided by where the building stands.

Files of one place make one cell; each building takes the cell whose place is nearest to it. A
cell that is nearest to no building is set aside, and said to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.exchange import WeatherSeries
from cadastre.parameters.climate import Climate
from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes
from cadastre.sources.weather import (
    KM_PER_DEGREE,
    SAME_PLACE_DEG,
    check_place,
    joined_series,
    of_one_nature,
    say_nature,
)
from cadastre.sources.weather_formats import parse_weather
from cadastre.sources.weather_series import KIND, RawSeries


@dataclass(frozen=True)
class WeatherCells:
    """Series of the cells in use, by ``cell_id``, and the cell of each place asked for.

    ``cell`` int64 (n,) indexes ``series``; -1 where the place is unknown (NaN).
    """

    series: tuple[WeatherSeries, ...]
    cell: NDArray[np.int64]


@dataclass(frozen=True)
class _Place:
    """The files of one place; ``spot`` is None where they do not tell it."""

    raws: list[RawSeries]
    spot: tuple[float, float] | None


def read_weather_cells(
    paths: Sequence[str],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    notes: Notes,
    limits: Sources | None = None,
    climate: Climate | None = None,
) -> WeatherCells:
    """Read the weather of many places from files of one or several cells.

    Parameters
    ----------
    paths
        As for :func:`cadastre.sources.weather.read_weather`.
    latitude, longitude
        Where the weather is wanted, degrees, shape (n,); NaN where unknown.
    notes
        Where to say what was repaired or set aside.
    limits, climate
        See :func:`cadastre.sources.weather.read_weather`.

    Returns
    -------
    WeatherCells
        The cell of a place depends on that place and on the files only. A file that does not
        say where it stands serves the whole territory, in the place of every other.

    Raises
    ------
    InputError
        As :func:`cadastre.sources.weather.read_weather`.
    """
    limits, climate = limits or Sources(), climate or Climate()
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    raws = [parse_weather(Path(path)) for path in sorted(map(str, paths))]
    for raw in raws:
        check_place(raw)
    places = _places(raws)
    distance = _distances_km(places, latitude, longitude)
    lost = np.isnan(latitude) | np.isnan(longitude)
    nearest = np.where(lost, -1, np.argmin(distance, axis=0))
    used = np.unique(nearest[nearest >= 0]) if (nearest >= 0).any() else np.array([0])
    for rank, place in enumerate(places):
        if rank not in used:
            _set_aside(place.raws, distance[rank], notes)
    middle = _middle(latitude, longitude)
    found = []
    for rank in used:
        mine = distance[rank][nearest == rank]
        found.append(_series(places[rank], middle, mine, notes, limits, climate))
    order = sorted(range(len(found)), key=lambda place: found[place].cell_id)
    new_rank = np.full(len(places) + 1, -1, dtype=np.int64)
    new_rank[used[order]] = np.arange(len(order))
    return WeatherCells(tuple(found[place] for place in order), new_rank[nearest])


def _places(raws: list[RawSeries]) -> list[_Place]:
    """Group files by place, from south to north, then from west to east."""
    lost = [raw for raw in raws if raw.latitude is None or raw.longitude is None]
    if lost:
        return [_Place(lost, None)] + [_Place([raw], _spot(raw)) for raw in raws
                                       if all(raw is not other for other in lost)]  # fmt: skip
    places: list[_Place] = []
    for raw in sorted(raws, key=_spot):
        spot = _spot(raw)
        near = next((place for place in places if _same(place, spot)), None)
        if near is None:
            places.append(_Place([raw], spot))
        else:
            near.raws.append(raw)
    return places


def _spot(raw: RawSeries) -> tuple[float, float]:
    return float(raw.latitude or 0.0), float(raw.longitude or 0.0)


def _same(place: _Place, spot: tuple[float, float]) -> bool:
    return place.spot is not None and all(
        abs(one - other) <= SAME_PLACE_DEG for one, other in zip(place.spot, spot, strict=True)
    )


def _distances_km(
    places: list[_Place], latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each place from each point, (n_places, n_points); 0 where not told."""
    out = np.zeros((len(places), len(latitude)))
    for rank, place in enumerate(places):
        if place.spot is not None:
            east = (place.spot[1] - longitude) * np.cos(np.radians(latitude))
            out[rank] = np.hypot(east, place.spot[0] - latitude) * KM_PER_DEGREE
    return np.nan_to_num(out, nan=np.inf)


def _set_aside(raws: list[RawSeries], distance: NDArray[np.float64], notes: Notes) -> None:
    known = distance[np.isfinite(distance)]
    far = round(float(known.min())) if len(known) else 0
    for raw in raws:
        notes.add(KIND, raw.file, "file_far_away", distance_km=far)


def _middle(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> tuple[float, float]:
    """Middle of the frame of the places, for files that do not say where they stand."""
    return (
        float(np.nanmin(latitude) + np.nanmax(latitude)) / 2.0,
        float(np.nanmin(longitude) + np.nanmax(longitude)) / 2.0,
    )


def _series(
    place: _Place,
    middle: tuple[float, float],
    distance: NDArray[np.float64],
    notes: Notes,
    limits: Sources,
    climate: Climate,
) -> WeatherSeries:
    chosen = of_one_nature(place.raws)
    _set_aside([raw for raw in place.raws if all(raw is not one for one in chosen)], distance,
               notes)  # fmt: skip
    if len(distance) and distance.min() > limits.max_weather_distance_km:
        far = round(float(distance.min()))
        notes.add(KIND, chosen[0].file, "weather_far", distance_km=far)
    say_nature(chosen, notes)
    return joined_series(chosen, *(place.spot or middle), notes, limits, climate)
