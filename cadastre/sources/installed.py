"""Photovoltaic installations that already produce, by commune: national register, Enedis.

The register (ODRÉ) has one row for each installation of more than 36 kW and one row a commune for
all the others, kW; Enedis publishes the energy injected in a year, which leaves out what is
consumed on site. Neither says on which roof an installation stands.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.errors import InputError
from cadastre.parameters.sources import Sources
from cadastre.sources.attributes import number_column, text_column
from cadastre.sources.notes import Notes
from cadastre.sources.vector import first_present, fold

REGISTER, PRODUCTION = "registre_pv", "production_pv"
# Folded names: exports of ODRÉ (use_labels=false, then the camel case of older files), data-fair.
REGISTER_MAP: dict[str, tuple[str, ...]] = {
    "commune_code": ("codeinseecommune", "code_insee_commune", "code_commune", "code_insee"),
    "power_kw": ("puismaxinstallee", "puis_max_installee", "puissance_max_installee"),
    "count": ("nbinstallations", "nb_installations"),
    "sector": ("codefiliere", "filiere", "code_filiere"),
    "regime": ("regime",),
    "removed": ("datederaccordement", "date_deraccordement"),
}
PRODUCTION_MAP: dict[str, tuple[str, ...]] = {
    "commune_code": ("code_commune", "code_insee", "commune_code"),
    "year": ("annee", "year"),
    "count": ("nb_sites_photovoltaique_enedis", "nb_sites_photovoltaique"),
    "energy_mwh": (
        "energie_produite_annuelle_photovoltaique_enedis_mwh",
        "energie_produite_annuelle_photovoltaique_mwh",
    ),
}
COLUMNS = ("installed_pv_count", "installed_pv_kw", "injected_pv_kwh", "injected_pv_year")
_SOLAR = "sol"
_IN_SERVICE = "service"
_KWH_PER_MWH = 1000.0


def read_register(
    paths: Sequence[str], notes: Notes, limits: Sources | None = None
) -> pd.DataFrame:
    """Read the solar rows of the national register.

    Returns
    -------
    DataFrame
        One row a commune, sorted by ``commune_code``: installed_pv_count, installed_pv_kw
        (float64). Rows of other sectors, no longer connected, without commune or of an absurd
        power are left out with a note.

    Raises
    ------
    InputError
        ``file_missing``, ``vector_unreadable``, ``column_missing``.
    """
    limits = limits or Sources()
    parts = []
    for path in sorted(map(str, paths)):
        raw = _table(path, REGISTER, REGISTER_MAP, ("commune_code", "power_kw"), notes)
        code = _codes(raw, REGISTER_MAP)
        power = number_column(raw, REGISTER_MAP["power_kw"])
        count = number_column(raw, REGISTER_MAP["count"]).fillna(1.0)
        sector = text_column(raw, REGISTER_MAP["sector"]).str.lower()
        solar = sector.isna() | sector.str.startswith(_SOLAR)
        gone = text_column(raw, REGISTER_MAP["removed"]).notna()
        regime = text_column(raw, REGISTER_MAP["regime"]).str.lower()
        gone |= regime.notna() & ~regime.str.contains(_IN_SERVICE)
        absurd = (power < 0.0) | (power > limits.max_installation_kw)
        file = Path(path).name
        nowhere = solar & ~gone & (code.isna() | power.isna())
        for rows, told in (
            (~solar, "register_other_sector"), (solar & gone, "register_disconnected"),
            (solar & ~gone & absurd, "register_absurd_power"),
        ):  # fmt: skip
            if rows.any():
                notes.add(REGISTER, file, told, int(rows.sum()))
        if nowhere.any():
            notes.add(REGISTER, file, "rows_incomplete", int(nowhere.sum()), column="code_commune")
        kept = solar & ~gone & ~absurd & ~nowhere
        parts.append(
            pd.DataFrame(
                {"commune_code": code, "installed_pv_count": count, "installed_pv_kw": power}
            )[kept]
        )
    whole = pd.concat(parts, ignore_index=True)
    return whole.groupby("commune_code", as_index=False, sort=True).sum()


def read_production(paths: Sequence[str], notes: Notes) -> pd.DataFrame:
    """Read the photovoltaic energy injected by communes, the latest year of the files.

    Returns
    -------
    DataFrame
        One row a commune, sorted by ``commune_code``: injected_pv_kwh, injected_pv_year
        (float64); voltage levels are added up, missing where all are.

    Raises
    ------
    InputError
        ``file_missing``, ``vector_unreadable``, ``column_missing``.
    """
    parts = []
    for path in sorted(map(str, paths)):
        raw = _table(path, PRODUCTION, PRODUCTION_MAP, ("commune_code", "energy_mwh"), notes)
        parts.append(
            pd.DataFrame(
                {
                    "commune_code": _codes(raw, PRODUCTION_MAP),
                    "injected_pv_year": number_column(raw, PRODUCTION_MAP["year"]),
                    "injected_pv_kwh": number_column(raw, PRODUCTION_MAP["energy_mwh"])
                    * _KWH_PER_MWH,
                }
            )
        )
    whole = pd.concat(parts, ignore_index=True).dropna(subset="commune_code")
    latest = whole["injected_pv_year"].max()
    if pd.notna(latest):
        older = whole["injected_pv_year"] != latest
        if older.any():
            notes.add(PRODUCTION, Path(str(paths[0])).name, "production_older",
                      int(older.sum()), year=int(latest))  # fmt: skip
        whole = whole[~older]
    groups = whole.groupby("commune_code", sort=True)
    return pd.DataFrame(
        {
            "injected_pv_kwh": groups["injected_pv_kwh"].sum(min_count=1),
            "injected_pv_year": groups["injected_pv_year"].max(),
        }
    ).reset_index()


def join_installed(
    communes: gpd.GeoDataFrame, register: pd.DataFrame | None, production: pd.DataFrame | None
) -> gpd.GeoDataFrame:
    """Add ``COLUMNS`` to communes, by code.

    A commune that the register does not name has none where the register knows its department
    (the register holds every installation), and is unknown elsewhere.
    """
    out = communes.copy()
    for name in COLUMNS:
        out[name] = np.nan
    code = out["commune_code"].astype("string")
    if register is not None:
        known = register.set_index("commune_code")
        departments = set(known.index.str[:2])
        covered = code.str[:2].isin(departments)
        for name in ("installed_pv_count", "installed_pv_kw"):
            told = code.map(known[name]).astype("float64")
            out[name] = told.mask(told.isna() & covered, 0.0)
    if production is not None:
        known = production.set_index("commune_code")
        for name in ("injected_pv_kwh", "injected_pv_year"):
            out[name] = code.map(known[name]).astype("float64")
    return out


def _codes(raw: pd.DataFrame, names: dict[str, tuple[str, ...]]) -> pd.Series:
    return text_column(raw, names["commune_code"]).str.zfill(5)


def _table(
    path: str,
    kind: str,
    names: dict[str, tuple[str, ...]],
    needed: tuple[str, ...],
    notes: Notes,
) -> pd.DataFrame:
    """Open a CSV, whatever parts its columns and whatever its encoding; names come out folded."""
    file = Path(path)
    if not file.exists():
        raise InputError("file_missing", kind=kind, file=path)
    try:
        content = file.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
            notes.add(kind, file, "encoding_repaired", encoding="cp1252")
        rows = list(csv.reader(text.splitlines(), delimiter=_delimiter(text)))
        head, body = rows[0], [row for row in rows[1:] if any(row)]
        if any(len(row) != len(head) for row in body):
            raise ValueError(f"{len(head)} / {sorted({len(row) for row in body})[:3]}")
        raw = pd.DataFrame(body, columns=[fold(name) for name in head], dtype="string")
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise InputError(
            "vector_unreadable", kind=kind, file=file.name, detail=str(error)[:160]
        ) from error
    for key in needed:
        if first_present(raw, names[key]) is None:
            raise InputError(
                "column_missing", kind=kind, file=file.name, column=names[key][0],
                columns=sorted(raw.columns) or ["aucune"], known=names[key],
            )  # fmt: skip
    notes.add(kind, file, "rows_read", len(raw))
    return raw.loc[:, ~raw.columns.duplicated()]


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(";,\t", key=head.count)
