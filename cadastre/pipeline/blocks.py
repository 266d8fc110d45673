"""Arrays of the shelf: compressed block by block, so that a window is read without the rest.

A file is one line of JSON (names, shapes, types, lengths of the blocks), then the blocks. Blocks
are squares of ``BLOCK`` rows and columns (runs of ``BLOCK`` rows of other arrays), each
compressed by zstd on its own: the bytes are those of the array, exactly.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BLOCK = 512
_CODEC = pa.Codec("zstd", compression_level=1)
_ROWS = 16_384  # rows of a block of an array that is not read by windows


def packed(arrays: dict[str, NDArray], windowed: bool = False) -> bytes:
    """Return the bytes of a file of arrays; ``windowed`` when all are rasters read by windows."""
    head, body = [], []
    for name, array in arrays.items():
        side = (BLOCK, BLOCK) if windowed else (_ROWS, math.prod(array.shape[1:]))
        flat = array if windowed else array.reshape(len(array), math.prod(array.shape[1:]))
        blocks = [
            _CODEC.compress(np.ascontiguousarray(flat[rows, cols]).tobytes(), asbytes=True)
            for rows, cols in _tiling(flat.shape, side)
        ]
        body += blocks
        head.append(
            {
                "name": name, "shape": array.shape, "dtype": array.dtype.str, "side": side,
                "lengths": [len(block) for block in blocks],
            }
        )  # fmt: skip
    return b"".join([json.dumps(head).encode(), b"\n", *body])


def unpacked(content: bytes, window: tuple[slice, slice] | None = None) -> dict[str, NDArray]:
    """Return the arrays of a file, or the same window (rows, columns) of each of its rasters.

    Raises
    ------
    ValueError
        The content is no file of arrays.
    """
    first, _, _ = content.partition(b"\n")
    place = len(first) + 1
    found = {}
    for facts in json.loads(first):
        shape, dtype = tuple(facts["shape"]), np.dtype(facts["dtype"])
        flat = shape if window is not None else (shape[0], math.prod(shape[1:]))
        rows, cols = window or (slice(0, flat[0]), slice(0, flat[1]))
        out = np.empty((rows.stop - rows.start, cols.stop - cols.start), dtype)
        for (down, across), length in zip(_tiling(flat, facts["side"]), facts["lengths"]):
            if _meet(down, rows) and _meet(across, cols):
                size = (down.stop - down.start, across.stop - across.start)
                raw = _CODEC.decompress(
                    memoryview(content)[place : place + length],
                    size[0] * size[1] * dtype.itemsize,
                )
                _paste(np.frombuffer(raw, dtype).reshape(size), (down, across), (rows, cols), out)
            place += length
        found[facts["name"]] = out if window is not None else out.reshape(shape)
    return found


def _tiling(shape: tuple[int, ...], side: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    for row in range(0, shape[0], side[0]):
        for col in range(0, shape[1], side[1]):
            yield (
                slice(row, min(row + side[0], shape[0])),
                slice(col, min(col + side[1], shape[1])),
            )


def _meet(first: slice, second: slice) -> bool:
    return bool(first.start < second.stop and second.start < first.stop)


def _paste(
    block: NDArray, place: tuple[slice, slice], window: tuple[slice, slice], out: NDArray
) -> None:
    parts_in, parts_out = [], []
    for of_block, of_window in zip(place, window, strict=True):
        start = max(of_block.start, of_window.start)
        stop = min(of_block.stop, of_window.stop)
        parts_in.append(slice(start - of_block.start, stop - of_block.start))
        parts_out.append(slice(start - of_window.start, stop - of_window.start))
    out[tuple(parts_out)] = block[tuple(parts_in)]
