"""Ways of breaking an input: the register of variants, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely

Maker = Callable[[Path, gpd.GeoDataFrame], list[str]]
ID_COLUMN = "cleabs"


@dataclass(frozen=True)
class Variant:
    """One way of breaking an input; ``rows`` is how many rows the file is meant to hold."""

    name: str
    kind: str
    expected: str
    make: Maker
    rows: int | None = None
    id_column: str | None = None
    bounds: tuple[float, float, float, float] | None = None


VARIANTS: list[Variant] = []


def variant(kind: str, expected: str, **options: object) -> Callable[[Maker], Maker]:
    def register(make: Maker) -> Maker:
        VARIANTS.append(Variant(make.__name__, kind, expected, make, **options))
        return make

    return register


def cut(path: Path, share: float) -> Path:
    """Keep the first part of a file."""
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return path


SHAPEFILE_NAMES = {
    "cleabs": "ID", "nature": "NATURE", "usage_1": "USAGE1", "construction_legere": "LEGER",
    "etat_de_l_objet": "ETAT", "hauteur": "HAUTEUR", "nombre_de_logements": "NB_LOGTS",
    "code_insee": "INSEE_COM", "nom": "NOM", "siren_epci": "SIREN_EPCI", "nom_epci": "NOM_EPCI",
}  # fmt: skip


def written(frame: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    """Write a layer; shapefiles get the 10-character names of IGN's deliveries."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".shp":
        frame.rename(columns=SHAPEFILE_NAMES).to_file(path, **options)
    else:
        frame.to_file(path, **options)
    return path


def with_shapes(base: gpd.GeoDataFrame, rows: slice, shapes: list) -> gpd.GeoDataFrame:
    out = base.copy()
    geometry = out.geometry.to_numpy().copy()
    geometry[rows] = shapes
    return out.set_geometry(gpd.GeoSeries(geometry, index=out.index, crs=base.crs))


def bow_tie(x: float, y: float) -> shapely.Polygon:
    return shapely.Polygon([(x, y), (x + 8, y + 6), (x + 8, y), (x, y + 6)])
