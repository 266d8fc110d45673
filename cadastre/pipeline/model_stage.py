"""The 3D city model matched to the footprints, once for the whole territory."""

from __future__ import annotations

import pandas as pd

from cadastre.exchange import Roofs
from cadastre.parameters import group_key
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.footprints import print_texts, row_prints
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.store import Store, fingerprint, json_bytes, table_bytes
from cadastre.pipeline.territory import Territory
from cadastre.roofs.match import planes_from_model
from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d import read_model

STAGE = "etapes/modele"
VERSION = 1


def model_key(territory: Territory, plan: Plan, prints: Fingerprints) -> str:
    """Key of the matched model: its files, the footprints, how they are matched."""
    return fingerprint(
        "modele", VERSION, prints.of_all(territory.inputs.get("modele_3d", ())),
        group_key(territory.parameters.model3d, territory.parameters.roofs),
        territory.crs, print_texts(row_prints(plan.footprints, plan.to_compute)),
    )  # fmt: skip


def model_roofs(
    territory: Territory,
    store: Store,
    plan: Plan,
    prints: Fingerprints,
    keep: bool = True,
) -> tuple[Roofs | None, list[dict[str, object]]]:
    """Roofs of the buildings a 3D model covers, and notes; None where no model is given.

    Surfaces that became part of no plane are listed with their reason in
    ``etapes/modele/territoire.ecartees.parquet``. Without ``keep`` nothing is shelved.
    """
    paths = territory.inputs.get("modele_3d")
    if not paths:
        return None, []
    key = model_key(territory, plan, prints)
    product = store.read_product(STAGE, "territoire", key)
    if product is None:
        notes = Notes()
        faces = read_model(list(paths), territory.crs, notes.add)
        found = planes_from_model(
            faces, plan.computable, territory.parameters.model3d, roofs=territory.parameters.roofs
        )
        aside = found.set_aside if found.set_aside is not None else pd.DataFrame()
        files = {
            "pans.parquet": table_bytes(found.planes),
            "obstacles.parquet": table_bytes(found.obstacles),
            "qualite.parquet": table_bytes(found.quality),
            "ecartees.parquet": table_bytes(aside),
            "constats.json": json_bytes(notes.table()),
        }
        if keep:
            store.write_product(STAGE, "territoire", key, files, {"set_aside": len(aside)})
        return found, notes.table()
    tables = [store.table(product, f"{name}.parquet") for name in ("pans", "obstacles", "qualite")]
    notes_table = store.read_list(STAGE, "territoire.constats.json")
    return Roofs(*tables), notes_table
