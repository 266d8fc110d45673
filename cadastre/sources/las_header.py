"""The public header of a LAS or LAZ file, checked by hand before any library believes it.

A damaged count makes a reader allocate or loop without end (or bring the whole process down): what
the header announces must fit in the file. Layout: ASPRS LAS 1.4 R15, tables 1 (header), 7 (VLR,
54 bytes) and 16 (EVLR, 60 bytes); LASzip specification of 2013 for its record and chunk table.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

_SIGNATURE = b"LASF"
_SMALLEST_HEADER, _LARGEST_HEADER = 227, 4096
_VLR_BYTES, _EVLR_BYTES = 54, 60
_HEADER_1_4 = 375
_MINOR_OF_1_4 = 4
_FURTHEST = 1e9  # beyond any coordinate of a metric CRS, metres
_COMPRESSED = 0x80
_LASZIP = (b"laszip encoded", 22204)
_VARIABLE_CHUNKS = 0xFFFFFFFF
_SMALLEST_POINT = 20  # bytes of the shortest record, stored whole at the head of each chunk
_LARGEST_CHUNK = 1_000_000  # points; 50 000 is the custom
_MOST_RECORDS_BYTES = 64_000_000


def header_fault(path: str) -> str | None:
    """Say what the header announces that cannot be, None when it can; ``""`` where it is cut."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as stream:
        head = stream.read(_HEADER_1_4)
        if not head.startswith(_SIGNATURE):
            return None  # of another kind: the reader says so
        if len(head) < _SMALLEST_HEADER:
            return ""
        fault = _counts_fault(head, size) or _box_fault(head) or _extended_fault(head, size)
        if fault is not None:
            return fault
        (header_size, start) = struct.unpack_from("<HI", head, 94)
        if not head[104] & _COMPRESSED:
            return None
        stream.seek(header_size)
        records = stream.read(min(start - header_size, _MOST_RECORDS_BYTES))
        stream.seek(start)
        where = stream.read(8)
        if len(where) < len(b"12345678"):
            return ""
        (table,) = struct.unpack("<q", where)
        if table == -1:  # written by a stream: the place stands in the last eight bytes
            stream.seek(size - 8)
            (table,) = struct.unpack("<q", stream.read(8))
        if not start < table <= size - 8:
            return ""
        stream.seek(table)
        (chunks,) = struct.unpack_from("<I", stream.read(8), 4)
    return _chunks_fault(_point_count(head), _chunk_size(records), chunks, table - start)


def _counts_fault(head: bytes, size: int) -> str | None:
    header_size, start, records = struct.unpack_from("<HII", head, 94)
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
    return None


def _box_fault(head: bytes) -> str | None:
    for name, place in (("x", 179), ("y", 195), ("z", 211)):
        high, low = struct.unpack_from("<2d", head, place)
        if not (abs(high) < _FURTHEST and abs(low) < _FURTHEST):
            return f"{name}_max={high:g}, {name}_min={low:g}"
    return None


def _extended_fault(head: bytes, size: int) -> str | None:
    """Check what LAS 1.4 adds: extended records and a point count of 64 bits."""
    if len(head) < _HEADER_1_4 or head[25] < _MINOR_OF_1_4:
        return None
    start, records = struct.unpack_from("<QI", head, 235)
    if records and (start > size or records * _EVLR_BYTES > size - start):
        return f"number_of_evlrs={records}"
    return None


def _point_count(head: bytes) -> int:
    if len(head) >= _HEADER_1_4 and head[25] >= _MINOR_OF_1_4:
        (count,) = struct.unpack_from("<Q", head, 247)
        return int(count)
    (count,) = struct.unpack_from("<I", head, 107)
    return int(count)


def _chunk_size(records: bytes) -> int | None:
    """Points of a chunk as the LASzip record says, None without a record or where they vary."""
    place = 0
    while place + _VLR_BYTES <= len(records):
        user = records[place + 2 : place + 18].rstrip(b"\0")
        number, length = struct.unpack_from("<HH", records, place + 18)
        if (user, number) == _LASZIP and place + _VLR_BYTES + 16 <= len(records):
            (points,) = struct.unpack_from("<I", records, place + _VLR_BYTES + 12)
            return None if points == _VARIABLE_CHUNKS else int(points)
        place += _VLR_BYTES + length
    return None


def _chunks_fault(points: int, chunk_size: int | None, chunks: int, room: int) -> str | None:
    """Check the number of chunks against the points and the bytes they take."""
    if chunks * _SMALLEST_POINT > room:
        return f"number_of_chunks={chunks}"
    if chunk_size is None:
        return None
    largest = max(points, _LARGEST_CHUNK)
    if not 0 < chunk_size <= largest or chunks < -(-points // chunk_size):
        return f"number_of_chunks={chunks}, chunk_size={chunk_size}, point_count={points}"
    return None
