"""The day each LiDAR HD tile was flown, from the index that IGN publishes with the tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from cadastre.errors import InputError
from cadastre.sources.attributes import text_column
from cadastre.sources.notes import Notes
from cadastre.sources.raster_files import tile_corner
from cadastre.sources.vector import VectorRequest, first_present, read_layer, split_layer

KIND = "index_lidar"
# Kilometres of the north-west corner; end of the flight, or else its beginning. Names of the WFS
# layer IGNF_LIDAR-HD_METADONNEE:metadata, then those of shapefiles (10 characters).
VARIABLE_MAP: dict[str, tuple[str, ...]] = {
    "corner": ("coordonnees_nw", "coordonnee", "coord_nw"),
    "flown": ("date_fin_acquisition", "date_fin_a", "date_debut_acquisition", "date_debut"),
}


def read_flight_dates(paths: Sequence[str], notes: Notes) -> dict[tuple[int, int], str]:
    """Read the end of the flight of each tile, ISO, by kilometres of its north-west corner.

    Where several flights cover a tile, the latest counts, as for the download.

    Raises
    ------
    InputError
        ``column_missing``, and those of :func:`cadastre.sources.vector.read_layer`.
    """
    wanted = tuple(name for names in VARIABLE_MAP.values() for name in names)
    found: dict[tuple[int, int], str] = {}
    for path in sorted(map(str, paths)):
        raw = read_layer(path, VectorRequest(KIND, wanted), notes)
        file = split_layer(path)[0].name
        corner = text_column(raw, VARIABLE_MAP["corner"])
        if corner.isna().all():
            every = read_layer(path, VectorRequest(KIND), notes).columns
            raise InputError(
                "column_missing", kind=KIND, file=file, column="coordonnees_nw",
                columns=sorted(set(every) - {"geometry"}) or ["aucune"],
                known=VARIABLE_MAP["corner"],
            )  # fmt: skip
        places = corner.str.extract(r"^(\d{1,4})[-_](\d{4})$")
        # one column for the whole file: the start of a flight does not stand for its end
        flown = first_present(raw, VARIABLE_MAP["flown"])
        days = text_column(raw, (flown,) if flown else ()).str.extract(
            r"^(\d{4}-\d{2}-\d{2})", expand=False
        )
        told = pd.DataFrame({"x": places[0], "y": places[1], "day": days}).dropna()
        for x, y, day in zip(told["x"], told["y"], told["day"], strict=True):
            place = int(x), int(y)
            found[place] = max(str(day), found.get(place, ""))
        notes.add(KIND, file, "rows_read", len(raw))
    return found


def dates_of_files(paths: Iterable[str], flights: Mapping[tuple[int, int], str]) -> dict[str, str]:
    """Flight date by file name, for the files whose name tells a tile of the index."""
    dates = {}
    for path in paths:
        name = Path(path).name
        corner = tile_corner(name)
        if corner is None:
            continue
        place = round(corner[0] / 1000.0), round(corner[1] / 1000.0)
        if place in flights:
            dates[name] = flights[place]
    return dates
