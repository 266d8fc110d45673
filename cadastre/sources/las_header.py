"""The public header of a LAS or LAZ file, checked by hand before any library believes it.

A damaged count makes a reader allocate or loop without end: what the header announces must fit in
the file. Layout: ASPRS LAS 1.4 R15, tables 1 (header), 7 (VLR, 54 bytes) and 16 (EVLR, 60 bytes).
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

_SIGNATURE = b"LASF"
_SMALLEST_HEADER, _LARGEST_HEADER = 227, 4096
_VLR_BYTES, _EVLR_BYTES = 54, 60
_HEADER_1_4 = 375
_FURTHEST = 1e9  # beyond any coordinate of a metric CRS, metres


def header_fault(path: str) -> str | None:
    """Say what the header announces that cannot be, None when it can; ``""`` where it is cut."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as stream:
        head = stream.read(_HEADER_1_4)
    if not head.startswith(_SIGNATURE):
        return None  # of another kind: the reader says so
    if len(head) < _SMALLEST_HEADER:
        return ""
    header_size, start = struct.unpack_from("<HI", head, 94)
    (records,) = struct.unpack_from("<I", head, 100)
    if not _SMALLEST_HEADER <= header_size <= _LARGEST_HEADER:
        return f"header_size={header_size}"
    if start < header_size:
        return f"offset_to_point_data={start}"
    if start > size:
        return ""
    if records * _VLR_BYTES > start - header_size:
        return f"number_of_vlrs={records}"
    scales = struct.unpack_from("<3d", head, 131)
    if not all(math.isfinite(scale) and scale > 0.0 for scale in scales):
        return f"scales={scales}"
    return _box_fault(head) or _extended_fault(head, size)


def _box_fault(head: bytes) -> str | None:
    for name, place in (("x", 179), ("y", 195), ("z", 211)):
        high, low = struct.unpack_from("<2d", head, place)
        if not (abs(high) < _FURTHEST and abs(low) < _FURTHEST):
            return f"{name}_max={high:g}, {name}_min={low:g}"
    return None


def _extended_fault(head: bytes, size: int) -> str | None:
    """Check what LAS 1.4 adds: extended records and a point count of 64 bits."""
    if len(head) < _HEADER_1_4 or head[25] < 4:
        return None
    start, records = struct.unpack_from("<QI", head, 235)
    if records and (start > size or records * _EVLR_BYTES > size - start):
        return f"number_of_evlrs={records}"
    return None
