"""A minimal COPC writer for tests: a root node and one level of cubes (COPC specification 1.0)."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import laspy
import lazrs
import numpy as np
from laspy.vlrs.vlr import VLR


def write_copc(source: Path, target: Path) -> Path:
    """Lay the points of a LAS file (format 6) out as COPC, a tenth of them in the root."""
    cloud = laspy.read(source)
    xyz = np.stack([cloud.x, cloud.y, cloud.z], axis=1).astype(float)
    centre = (xyz.min(axis=0) + xyz.max(axis=0)) / 2.0
    half = float((xyz.max(axis=0) - xyz.min(axis=0)).max() / 2.0 + 0.01)
    cube = ((xyz - (centre - half)) / half).astype(int).clip(0, 1)
    child = cube[:, 0] + 2 * cube[:, 1] + 4 * cube[:, 2]
    child[::10] = -1  # the root's share
    nodes = [(-1, (0, 0, 0, 0))]
    nodes += [(k, (1, k & 1, k >> 1 & 1, k >> 2 & 1)) for k in range(8) if (child == k).any()]

    laz = lazrs.LazVlr.new_for_compression(
        cloud.header.point_format.id, 0, use_variable_size_chunks=True
    )
    header = laspy.LasHeader(point_format=cloud.header.point_format.id, version="1.4")
    header.scales, header.offsets = cloud.header.scales, cloud.header.offsets
    header.vlrs.append(VLR("copc", 1, "", bytes(160)))
    header.vlrs.append(VLR("laszip encoded", 22204, "", laz.record_data()))
    for vlr in cloud.header.vlrs:
        if vlr.user_id == "LASF_Projection":
            header.vlrs.append(vlr)
    header.update(cloud.points)
    header.are_points_compressed = True
    out = io.BytesIO()
    header.write_to(out)
    start = out.tell()
    raw = cloud.points.array
    entries = []
    compressor = lazrs.LasZipCompressor(out, laz)
    for which, key in nodes:
        before = max(out.tell(), start + 8)
        compressor.compress_many(np.frombuffer(raw[child == which].tobytes(), np.uint8))
        compressor.finish_current_chunk()
        entries.append((key, before, out.tell() - before, int((child == which).sum())))
    compressor.done()
    hierarchy = out.tell() + 60
    page = b"".join(struct.pack("<4iQii", *key, at, size, n) for key, at, size, n in entries)
    out.write(struct.pack("<H16sHQ32s", 0, b"copc", 1000, len(page), b"") + page)
    info = struct.pack("<3d2dQQ2d", *centre, half, 1.0, hierarchy, len(page), 0.0, 0.0)
    body = bytearray(out.getvalue())
    at = bytes(body).index(b"copc") + 52  # after the VLR's header
    body[at : at + len(info)] = info
    struct.pack_into("<Q", body, 235, hierarchy - 60)  # start of the first extended VLR
    struct.pack_into("<I", body, 243, 1)
    target.write_bytes(bytes(body))
    return target
