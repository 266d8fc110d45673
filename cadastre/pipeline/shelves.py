"""The shelves of a run, before and after it: versions, leavings, what is no longer of use."""

from __future__ import annotations

from cadastre.errors import InputError
from cadastre.pipeline.store import STORE_VERSION, Store, json_bytes

FORCEABLE = ("ingestion", "toits", "rendement", "totaux")
_SHELVES = ("ingestion", "toits", "ciel", "relief", "surfaces", "ombres", "rendement", "totaux")
_FIRST_SHELF = {name: name for name in FORCEABLE} | {"rendement": "ciel"}
_BY_TILE = ("toits", "ombres", "rendement")
_VERSION_FILE = ("etapes", "version.json")


def other_version(store: Store) -> InputError | None:
    """Return what refuses the shelves of a version that this one cannot read; None when it can."""
    if not store.exists(*_VERSION_FILE):
        return None
    found = store.read_json(*_VERSION_FILE).get("store_version", _version_of_products(store))
    if found == STORE_VERSION:
        return None
    return InputError("store_version", folder=store.root, found=found, expected=STORE_VERSION)


def prepare(store: Store, force: str | None) -> None:
    """Drop the leavings of killed runs and what the user wants made again.

    Raises
    ------
    InputError
        The shelves were made by a version that this one cannot read.
    """
    other = other_version(store)
    if other is not None:
        raise other
    store.write_bytes(json_bytes({"store_version": STORE_VERSION}), *_VERSION_FILE)
    for folder in (("etapes",), (), *(("etapes", name) for name in store.names("etapes"))):
        for name in store.names(*folder):
            if name.endswith(".part"):
                store.remove(*folder, name)
    if force is not None:
        first = _SHELVES.index(_FIRST_SHELF[force])
        for name in _SHELVES[first:]:
            store.remove("etapes", name)


def _version_of_products(store: Store) -> object:
    """Version that the manifests tell, where the file that should is cut or empty.

    Shelves without any manifest hold nothing that could be misread.
    """
    for shelf in _SHELVES:
        for name in store.names("etapes", shelf):
            if name.endswith(".json"):
                told = store.read_json("etapes", shelf, name).get("store_version")
                if told is not None:
                    return told
    return STORE_VERSION


def sweep(store: Store, tile_ids: set[str], squares: set[str], cells: set[str]) -> None:
    """Remove what no tile of the plan needs any more: vanished tiles, files of old versions.

    ``squares`` of redrawn surface and weather ``cells`` of the plan are kept likewise.
    """
    wanted = dict.fromkeys(_BY_TILE, tile_ids) | {"surfaces": squares, "ciel": cells}
    for shelf, products in wanted.items():
        folder = f"etapes/{shelf}"
        names = store.names(folder)
        kept = set()
        for tile_id in products:
            product = store.manifest(folder, tile_id)
            if product is not None:
                kept.add(f"{tile_id}.json")
                kept.update(path.rpartition("/")[2] for path in product.files)
        for name in names:
            if name not in kept:
                store.remove(folder, name)
