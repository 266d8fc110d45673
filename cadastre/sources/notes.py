"""What the readers say of a file: read, repaired (and how), assumed, set aside (and why).

A note is a code and facts; its French sentence stands in ``cadastre.publishing.texts_fr.notes``.
Nothing here refuses: what cannot be used raises :class:`cadastre.errors.InputError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

MAX_IDS = 20
MAX_ALIKE = 3

# Code of a note -> what happened to the rows or the file. The table of the report is sorted so.
ACTIONS: dict[str, str] = {
    # read
    "rows_read": "read",
    "files_read": "read",
    "points_read": "read",
    "weather_read": "read",
    "id_column_used": "read",
    "model_read": "read",
    "model_lower_lod": "read",
    "id_row_number": "assumed",
    "layer_chosen": "assumed",
    # repaired
    "encoding_repaired": "repaired",
    "crs_reprojected": "repaired",
    "crs_contradicted": "repaired",
    "axes_swapped": "repaired",
    "geometry_repaired": "repaired",
    "ids_duplicated": "repaired",
    "ids_missing": "repaired",
    "heights_rescaled": "repaired",
    "index_rebuilt": "repaired",
    "projection_unreadable": "repaired",
    "lattice_resampled": "repaired",
    "resolution_resampled": "repaired",
    "raster_straightened": "repaired",
    "raster_placed_by_name": "assumed",
    "zero_is_nodata": "repaired",
    "weather_gap_interpolated": "repaired",
    "weather_gap_typical": "repaired",
    "weather_duplicates": "repaired",
    "weather_columns_swapped": "repaired",
    "weather_night_zeroed": "repaired",
    "weather_negative_zeroed": "repaired",
    "weather_decomposed": "repaired",
    "weather_component_derived": "repaired",
    "weather_filled_temp": "repaired",
    "weather_filled_wind": "repaired",
    "weather_time_shifted": "repaired",
    "weather_month_shifted": "repaired",
    "points_duplicated": "repaired",
    # assumed
    "crs_assumed": "assumed",
    "columns_missing": "assumed",
    "geometry_overlapping": "assumed",
    "numbers_unreadable": "set_aside",
    "crs_equivalent": "assumed",
    "crs_outside_area": "assumed",
    "weather_closure": "assumed",
    "weather_time_assumed": "assumed",
    "weather_far": "assumed",
    "weather_typical": "assumed",
    "weather_folded": "assumed",
    "date_unknown": "assumed",
    "kind_assumed": "assumed",
    # set aside
    "geometry_empty": "set_aside",
    "geometry_invalid": "set_aside",
    "geometry_duplicated": "set_aside",
    "heights_absurd": "set_aside",
    "rnb_gone": "set_aside",
    "rnb_unplaced": "set_aside",
    "rows_repeated": "set_aside",
    "kind_unknown": "set_aside",
    "state_excluded": "set_aside",
    "nature_excluded": "set_aside",
    "rows_incomplete": "set_aside",
    "points_sparse": "set_aside",
    "file_far_away": "set_aside",
    "raster_left_out": "set_aside",
    "raster_damaged": "set_aside",
    "points_left_out": "set_aside",
    "relief_damaged": "set_aside",
    "input_absent": "set_aside",
    "file_empty": "set_aside",
    "relief_elsewhere": "set_aside",
    "tiles_stale": "set_aside",
    "no_near_shading": "assumed",
    "vegetation_unknown": "set_aside",
    "model_repeated": "set_aside",
    "model_set_aside": "set_aside",
    "rows_unmatched": "set_aside",
    "communes_absent": "set_aside",
    "sites_repeated": "set_aside",
    "sites_outside": "set_aside",
    "sites_other_nature": "set_aside",
    "register_other_sector": "set_aside",
    "register_disconnected": "set_aside",
    "register_absurd_power": "set_aside",
    "production_older": "set_aside",
    "territory_outside": "set_aside",
    "territory_unbounded": "assumed",
    "weather_years_dropped": "set_aside",
    "weather_dates_absurd": "set_aside",
}

ORDER = ("read", "repaired", "assumed", "set_aside")


@dataclass(frozen=True)
class Note:
    """One thing said of one file.

    ``kind`` is the key of the territory file (``batiments``, ``mns``, ``meteo``...), ``file`` the
    name of the file without its folder, ``count`` how many rows, files or values are concerned,
    ``ids`` at most 20 of them, ``facts`` what the sentence needs.
    """

    kind: str
    file: str
    code: str
    count: int
    ids: tuple[str, ...]
    facts: tuple[tuple[str, object], ...]

    @property
    def action(self) -> str:
        """``read``, ``repaired``, ``assumed`` or ``set_aside``."""
        return ACTIONS[self.code]


def _plain(value: object) -> object:
    """Return numpy scalars and lists of them as plain Python, for the report's JSON."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _merged(records: list[Note]) -> list[Note]:
    """Join notes that say the same of many files: counts add up, the file is ``first (+n)``."""
    groups: dict[tuple[str, str, str], list[Note]] = {}
    for note in records:
        groups.setdefault((note.kind, note.code, repr(note.facts)), []).append(note)
    out = []
    for note in records:
        group = groups[note.kind, note.code, repr(note.facts)]
        if len(group) <= MAX_ALIKE:
            out.append(note)
        elif note is group[0]:
            ids = [item for other in group for item in other.ids][:MAX_IDS]
            count = sum(other.count for other in group)
            file = f"{note.file} (+{len(group) - 1})"
            out.append(replace(note, file=file, count=count, ids=tuple(ids)))
    return out


class Notes:
    """An accumulating list of notes, in the order they were taken."""

    def __init__(self) -> None:
        self._records: list[Note] = []

    def add(
        self,
        kind: str,
        file: str | Path,
        code: str,
        count: int = 1,
        ids: Iterable[object] = (),
        **facts: object,
    ) -> None:
        """Take one note; only the first 20 ids are kept.

        Raises
        ------
        KeyError
            A code that is not in ``ACTIONS``.
        """
        ACTIONS[code]
        kept = tuple(str(item) for _, item in zip(range(MAX_IDS), ids, strict=False))
        name = Path(str(file)).name
        told = tuple((key, _plain(value)) for key, value in facts.items())
        self._records.append(Note(kind, name, code, int(count), kept, told))

    def extend(self, other: Iterable[Note]) -> None:
        """Take over the notes of another list."""
        self._records.extend(other)

    def __iter__(self) -> Iterator[Note]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __bool__(self) -> bool:
        """Tell that the list exists, empty or not: ``notes or Notes()`` must not lose it."""
        return True

    def with_code(self, code: str) -> list[Note]:
        """Return the notes of one code."""
        return [note for note in self._records if note.code == code]

    def table(self) -> list[dict[str, object]]:
        """Plain rows for the report: kind, action, file, code, count, ids, facts.

        Sorted by kind in order of first appearance, then by action, stable. What is said alike of
        more than three files makes one row.
        """
        merged = _merged(self._records)
        kinds = list(dict.fromkeys(note.kind for note in merged))
        ordered = sorted(
            merged, key=lambda note: (kinds.index(note.kind), ORDER.index(note.action))
        )
        return [
            {
                "kind": note.kind,
                "action": note.action,
                "file": note.file,
                "code": note.code,
                "count": note.count,
                "ids": list(note.ids),
                "facts": dict(note.facts),
            }
            for note in ordered
        ]
