"""Ingestion of a territory: 500 000 synthetic buildings, every join, time and memory.

``python benchmarks/ingestion.py [COUNT] [FOLDER]`` writes the inputs once into FOLDER (about 1 GB
for 500 000 buildings), then reads and joins them in a fresh process. Target: under 6 minutes and
4 GB on 2 cores.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:2154"
X0, Y0 = 650_000.0, 7_030_000.0
SPACING = 40.0  # m between buildings: 500 000 on about 28 km by 28 km


def _rectangles(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Rotated rectangles of 5 to 25 m about points."""
    random = np.random.default_rng(seed)
    half = random.uniform(2.5, 12.5, (2, len(x)))
    angle = random.uniform(0, np.pi, len(x))
    u = np.stack([np.cos(angle), np.sin(angle)])
    v = np.stack([-u[1], u[0]])
    ring = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], float)
    xy = np.stack([x, y])[:, :, None]
    corners = xy + (half[0] * u)[:, :, None] * ring[:, 0] + (half[1] * v)[:, :, None] * ring[:, 1]
    return shapely.polygons(np.moveaxis(corners, 0, 2))


def _squares(cells: int, side: float, detail: int) -> np.ndarray:
    """A partition of the territory in ``cells`` by ``cells`` squares with detailed borders."""
    width = side / cells
    row, col = np.divmod(np.arange(cells * cells), cells)
    boxes = shapely.box(
        X0 + col * width, Y0 + row * width, X0 + (col + 1) * width, Y0 + (row + 1) * width
    )
    return shapely.segmentize(boxes, width / detail)


def write_inputs(folder: Path, count: int) -> None:
    """Write buildings, communes, IRIS, parcels, addresses, RNB, BDNB and perimeters."""
    random = np.random.default_rng(1)
    side_count = int(np.ceil(np.sqrt(count)))
    side = side_count * SPACING
    row, col = np.divmod(np.arange(count), side_count)
    x = X0 + (col + 0.5) * SPACING + random.uniform(-6, 6, count)
    y = Y0 + (row + 0.5) * SPACING + random.uniform(-6, 6, count)
    usage = np.array(["Résidentiel", "Indifférencié", "Annexe", "Industriel", "Agricole"])
    buildings = gpd.GeoDataFrame(
        {
            "cleabs": [f"BATIMENT{k:016d}" for k in range(count)],
            "nature": "Indifférenciée",
            "usage_1": usage[random.integers(0, 5, count)],
            "usage_2": None,
            "construction_legere": random.uniform(size=count) < 0.1,
            "etat_de_l_objet": "En service",
            "hauteur": random.uniform(2.5, 15, count).round(1),
            "altitude_minimale_toit": random.uniform(30, 60, count).round(1),
            "nombre_de_logements": random.integers(0, 3, count).astype(float),
            "sources": "Cadastre",
            "identifiants_sources": "0",
        },
        geometry=_rectangles(x, y, 2),
        crs=CRS,
    )
    buildings.to_file(folder / "batiments.gpkg", layer="batiment", engine="pyogrio")
    for name, cells, detail in (("communes", 12, 60), ("iris", 18, 30)):
        shapes = _squares(cells, side, detail)
        codes = [f"62{k:03d}" if name == "communes" else f"62{k:07d}" for k in range(len(shapes))]
        columns = (
            {"code_insee": codes, "nom": codes, "siren_epci": "246200364", "nom_epci": "CALL"}
            if name == "communes" else {"code_iris": codes}
        )  # fmt: skip
        gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(folder / f"{name}.gpkg")
    parcel_ids = [f"62{k // 3500:03d}000AB{k % 10000:04d}" for k in range(count)]
    parcels = shapely.box(
        X0 + col * SPACING, Y0 + row * SPACING, X0 + (col + 1) * SPACING, Y0 + (row + 1) * SPACING
    )
    gpd.GeoDataFrame({"id": parcel_ids}, geometry=parcels, crs=CRS).to_file(
        folder / "parcelles.fgb"
    )
    _write_tables(folder, x, y, parcel_ids, buildings["cleabs"].to_numpy())
    some = random.permutation(count)[: int(0.8 * count)]
    gpd.GeoDataFrame(
        {
            "batiment_groupe_id": [f"G{k:08d}" for k in some],
            "annee_construction": random.integers(1850, 2020, len(some)),
            "conso_res_dle_elec_2020": random.uniform(1e3, 1e4, len(some)).round(),
            "nb_log": 1,
            "usage_niveau_1_txt": "Résidentiel individuel",
        },
        geometry=shapely.buffer(buildings.geometry.to_numpy()[some], 0.3, join_style="mitre"),
        crs=CRS,
    ).to_file(folder / "bdnb.gpkg", layer="batiment_groupe_complet")
    centre = np.stack([random.uniform(X0, X0 + side, 300), random.uniform(Y0, Y0 + side, 300)])
    gpd.GeoDataFrame(
        {
            "suptype": random.choice(["ac1", "ac2", "ac4", "unesco"], 300),
            "nomsuplitt": [f"Monument {k}" for k in range(300)],
        },
        geometry=shapely.buffer(shapely.points(centre.T), 500.0),
        crs=CRS,
    ).to_file(folder / "protections.gpkg")


def _write_tables(
    folder: Path, x: np.ndarray, y: np.ndarray, parcels: list[str], cleabs: np.ndarray
) -> None:
    count = len(x)
    points = gpd.GeoSeries.from_xy(x, y - 9.0, crs=CRS).to_crs(4326)
    number = np.arange(count)
    pd.DataFrame(
        {
            "id": [f"62_{k:07d}" for k in number], "numero": number % 200 + 1, "rep": "",
            "nom_voie": [f"Rue {k // 200}" for k in number], "code_postal": "62300",
            "code_insee": "62498", "nom_commune": "Lens", "x": x.round(2), "y": y.round(2),
            "lon": points.x.round(7), "lat": points.y.round(7), "cad_parcelles": parcels,
        }
    ).to_csv(folder / "adresses-62.csv", sep=";", index=False)  # fmt: skip
    pd.DataFrame(
        {
            "rnb_id": [f"RNB{k:09d}" for k in number],
            "point": [
                f"SRID=4326;POINT ({a:.7f} {b:.7f})"
                for a, b in zip(points.x, points.y, strict=True)
            ],
            "ext_ids": [f'[{{"id": "{c}", "source": "bdtopo"}}]' for c in cleabs],
        }
    ).to_csv(folder / "rnb.csv", sep=";", index=False)  # fmt: skip


def ingest(folder: Path) -> None:
    """Read and join everything, saying the time of each step."""
    from cadastre.sources import joins
    from cadastre.sources.addresses import read_addresses
    from cadastre.sources.boundaries import read_communes, read_iris, read_parcels
    from cadastre.sources.constraints import read_protections
    from cadastre.sources.footprints import read_footprints
    from cadastre.sources.joins_addresses import join_addresses
    from cadastre.sources.notes import Notes
    from cadastre.sources.rnb import read_rnb

    notes = Notes()
    start = last = time.perf_counter()

    def tell(step: str) -> None:
        nonlocal last
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{step:28s} {now - last:7.1f} s   peak {peak:5.2f} GB", flush=True)
        last = now

    def path(name: str) -> list[str]:
        return [str(folder / name)]

    table = read_footprints(path("batiments.gpkg"), CRS, None, notes)
    tell(f"footprints ({len(table)})")
    table = joins.join_communes(table, read_communes(path("communes.gpkg"), CRS, notes), notes)
    tell("communes")
    table = joins.join_iris(table, read_iris(path("iris.gpkg"), CRS, notes))
    tell("iris")
    table = joins.join_parcels(table, read_parcels(path("parcelles.fgb"), CRS, notes))
    tell("parcels")
    table = join_addresses(table, read_addresses(path("adresses-62.csv"), CRS, notes))
    tell("addresses")
    table = joins.join_rnb(table, read_rnb(path("rnb.csv"), CRS, notes))
    tell("rnb")
    described = read_footprints(path("bdnb.gpkg"), CRS, None, notes)
    tell("bdnb read")
    table = joins.join_descriptions(table, described)
    tell("bdnb joined")
    table = joins.join_protections(table, read_protections(path("protections.gpkg"), CRS, notes))
    tell("protections")
    counts = {
        name: int(table[name].notna().sum())
        for name in ("commune_code", "iris_code", "parcel_id", "address", "rnb_id", "described_by")
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    total = time.perf_counter() - start
    print(f"total {total:.1f} s, peak {peak:.2f} GB, {len(table)} rows, {counts}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ingest"]:
        ingest(Path(sys.argv[2]))
    else:
        wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
        with tempfile.TemporaryDirectory() as scratch:
            place = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
            place.mkdir(parents=True, exist_ok=True)
            if not (place / "protections.gpkg").exists():
                begun = time.perf_counter()
                write_inputs(place, wanted)
                print(f"inputs written in {time.perf_counter() - begun:.0f} s", flush=True)
            subprocess.run([sys.executable, __file__, "--ingest", str(place)], check=True)
