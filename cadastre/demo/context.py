"""What surrounds the buildings: communes, addresses, a protected perimeter, BD TOPO columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from cadastre.demo import names
from cadastre.demo.buildings import Building
from cadastre.demo.layout import Layout

CRS = "EPSG:2154"
BAN_COLUMNS = (
    "id",
    "id_fantoir",
    "numero",
    "rep",
    "nom_voie",
    "code_postal",
    "code_insee",
    "nom_commune",
    "code_insee_ancienne_commune",
    "nom_ancienne_commune",
    "x",
    "y",
    "lon",
    "lat",
    "type_position",
    "alias",
    "nom_ld",
    "libelle_acheminement",
    "nom_afnor",
    "source_position",
    "source_nom_voie",
    "certification_commune",
    "cad_parcelles",
)
_PERIMETER_M = 95.0
_DATE = pd.Timestamp("2026-01-15")


def building_id(rank: int) -> str:
    """Return the ``cleabs`` of the building drawn at ``rank`` (from 0), in BD TOPO form."""
    return f"BATIMENT0000000{900_000_001 + rank:09d}"


def commune_frame(layout: Layout) -> gpd.GeoDataFrame:
    """Two communes that share the quarter along its middle street, one in each agglomeration."""
    x_min, y_min, x_max, y_max = layout.bounds
    box = shapely.box(x_min, y_min, x_max, y_max)
    reach = 2.0 * max(x_max - x_min, y_max - y_min)
    s = np.arange(-reach, reach + 5.0, 10.0)
    line = np.column_stack(layout.terrain.streets.world(s, np.zeros_like(s)))
    far = np.column_stack(
        layout.terrain.streets.world(np.array([reach, -reach]), np.array([reach, reach]))
    )
    north = shapely.intersection(box, shapely.Polygon(np.vstack([line, far])))
    south = shapely.difference(box, north)
    columns = ["code_insee", "nom", "siren_epci", "nom_epci"]
    table = pd.DataFrame(list(names.COMMUNES), columns=columns)
    return gpd.GeoDataFrame(table, geometry=[north, south], crs=CRS)


def footprint_frame(
    buildings: Sequence[Building], outlines: Sequence[shapely.Geometry], ids: Sequence[str]
) -> gpd.GeoDataFrame:
    """Footprints with the columns of BD TOPO v3; ``hauteur`` goes to the gutter, m."""
    rows = []
    for cleabs, building in zip(ids, buildings, strict=True):
        shape, ground = building.shape, building.site.ground
        ridge = max(f.a * u + f.b * v + f.c for f in building.facets for u, v in f.outline)
        home = shape.usage == "Résidentiel"
        rows.append(
            {
                "cleabs": cleabs,
                "nature": shape.nature,
                "usage_1": shape.usage,
                "usage_2": None,
                "construction_legere": shape.light,
                "etat_de_l_objet": "En service",
                "date_creation": _DATE,
                "date_modification": _DATE,
                "nombre_de_logements": len(shape.doors) if home else 0,
                "nombre_d_etages": shape.storeys,
                "materiaux_des_murs": "30" if home else None,
                "materiaux_de_la_toiture": "10" if home else None,
                "hauteur": round(shape.eave, 1),
                "altitude_minimale_sol": round(ground, 1),
                "altitude_minimale_toit": round(ground + shape.eave, 1),
                "altitude_maximale_toit": round(ridge, 1),
                "origine_du_batiment": "Cadastre",
            }
        )
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=list(FOOTPRINT_COLUMNS)),
        crs=CRS,
        geometry=[_multi(outline) for outline in outlines],
    )
    for name in ("usage_2", "materiaux_des_murs", "materiaux_de_la_toiture"):
        frame[name] = frame[name].astype("string")
    return frame


FOOTPRINT_COLUMNS = (
    "cleabs",
    "nature",
    "usage_1",
    "usage_2",
    "construction_legere",
    "etat_de_l_objet",
    "date_creation",
    "date_modification",
    "nombre_de_logements",
    "nombre_d_etages",
    "materiaux_des_murs",
    "materiaux_de_la_toiture",
    "hauteur",
    "altitude_minimale_sol",
    "altitude_minimale_toit",
    "altitude_maximale_toit",
    "origine_du_batiment",
)


def _multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([geometry]) if geometry.geom_type == "Polygon" else geometry


def address_frame(layout: Layout, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """One address a door, in the 23 columns of the BAN, sorted by identifier.

    Numbers run along each street in each commune, odd on its left side, even on its right.
    """
    doors = []
    for rank, building in enumerate(layout.buildings):
        for door in building.shape.doors:
            x, y = building.site.world(door)
            square = building.shape.kind == "church"
            doors.append((rank, building.site.street, building.site.side, square, x, y))
    table = pd.DataFrame(doors, columns=["rank", "street", "side", "square", "x", "y"])
    table["s"] = layout.terrain.streets.local(table["x"], table["y"])[0]
    points = shapely.points(table["x"].to_numpy(), table["y"].to_numpy())
    table["commune"] = (~shapely.covers(communes.geometry.iloc[0], points)).astype(np.int64)
    table["road"] = [
        names.PLACE if square else names.street_name(street)
        for square, street in zip(table["square"], table["street"], strict=True)
    ]
    table = table.sort_values(["commune", "road", "street", "side", "s", "rank"], kind="stable")
    place = table.groupby(["commune", "road", "side"], sort=False).cumcount()
    table["numero"] = 2 * place + np.where(table["side"] > 0, 1, 2)
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(table["x"].to_numpy(), table["y"].to_numpy())
    return _ban(table, np.asarray(lon), np.asarray(lat))


def _ban(table: pd.DataFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pd.DataFrame:
    codes = [names.COMMUNES[i][0] for i in table["commune"]]
    towns = [names.COMMUNES[i][1] for i in table["commune"]]
    streets = table["road"].tolist()
    known = {
        name: f"{rank * 10:04d}" for rank, name in enumerate([*names.STREETS, names.PLACE], 1)
    }
    roads = [f"{code}_{known[name]}" for code, name in zip(codes, streets, strict=True)]
    numbers = table["numero"].to_numpy()
    ban = pd.DataFrame(
        {
            "id": [f"{road}_{number:05d}" for road, number in zip(roads, numbers, strict=True)],
            "id_fantoir": roads,
            "numero": numbers,
            "rep": "",
            "nom_voie": streets,
            "code_postal": names.POST_CODE,
            "code_insee": codes,
            "nom_commune": towns,
            "code_insee_ancienne_commune": "",
            "nom_ancienne_commune": "",
            "x": np.round(table["x"].to_numpy(), 2),
            "y": np.round(table["y"].to_numpy(), 2),
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            "type_position": "entrée",
            "alias": "",
            "nom_ld": "",
            "libelle_acheminement": [_capitals(town) for town in towns],
            "nom_afnor": [_capitals(street) for street in streets],
            "source_position": "commune",
            "source_nom_voie": "commune",
            "certification_commune": 1,
            "cad_parcelles": [
                f"{code}000AA{rank + 1:04d}"
                for code, rank in zip(codes, table["rank"], strict=True)
            ],
        }
    )
    return ban[list(BAN_COLUMNS)].sort_values("id", kind="stable").reset_index(drop=True)


def _capitals(text: str) -> str:
    """Upper case without accents, apostrophes or hyphens, as AFNOR wants."""
    plain = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode()
    return plain.upper().replace("'", " ").replace("-", " ")


def protection_frame(layout: Layout) -> gpd.GeoDataFrame:
    """One perimeter around the church (the middle of the quarter where there is none)."""
    x_min, y_min, x_max, y_max = layout.bounds
    centre = ((x_min + x_max) / 2, (y_min + y_max) / 2)
    for building in layout.buildings:
        if building.shape.kind == "church":
            centre = (building.site.x, building.site.y)
            break
    radius = min(_PERIMETER_M, 0.25 * min(x_max - x_min, y_max - y_min))
    angle = np.arange(0.0, 2.0 * np.pi, np.pi / 9.0)
    reach = radius * (1.0 + 0.18 * np.sin(3.0 * angle) + 0.1 * np.cos(5.0 * angle))
    ring = np.column_stack([centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)])
    row = {
        "suptype": "ac1",
        "typeass": "Périmètre des abords",
        "nomass": names.MONUMENT,
        "nom": names.MONUMENT,
        "partition": "FICTIF",
        "fichier": "",
    }
    return gpd.GeoDataFrame(pd.DataFrame([row]), geometry=[shapely.Polygon(ring)], crs=CRS)
