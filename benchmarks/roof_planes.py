"""Roof planes: buildings per second, and where the time goes.

``python benchmarks/roof_planes.py [buildings] [--points] [--profile]``. A made-up town of ordinary
houses (gables, hips, terraces, lean-tos, some flat) at 0.5 m with noise; with ``--points``, 10
LiDAR points a square metre. CPU seconds of one process, and wall seconds of two processes that
share the houses, as tiles are shared. Aim, on two cores: 400 buildings a second from a surface
model, 150 from points.
"""

from __future__ import annotations

import cProfile
import math
import pstats
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from cadastre.exchange import PointCloud, Surface
from cadastre.grid import Grid
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_points, planes_from_surface

X0, Y0, GROUND, CRS = 685_000.0, 7_037_000.0, 35.0, "EPSG:2154"
PITCH = 28.0


def house(random):
    """Width, depth and a function of plan coordinates (0..w, 0..d) to the roof's height."""
    w, d, eave = random.uniform(7, 13), random.uniform(7, 10), random.uniform(3.5, 6.0)
    slope, sort = math.tan(math.radians(random.uniform(30, 48))), random.random()
    if sort < 0.1:
        return w * 1.5, d * 1.5, lambda u, _: np.full(u.shape, eave)
    if sort < 0.35:
        w = max(w, d + 1.5)
        return w, d, lambda u, v: eave + slope * np.minimum.reduce([u, w - u, v, d - v])
    return w, d, lambda _, v: eave + slope * np.minimum(v, d - v)


def town(count, seed=3):
    """Exact heights of a town as a function, and its footprints (moved by 0.35 m, no lean-tos)."""
    random = np.random.default_rng(seed)
    side = math.ceil(math.sqrt(count))
    shapes, parts = [], []
    for k in range(count):
        x, y = X0 + PITCH * (k % side + 0.5), Y0 + PITCH * (k // side + 0.5)
        w, d, roof = house(random)
        turn = random.uniform(0, 360)
        lean = random.random() < 0.4
        parts.append((x, y, w, d, math.radians(turn), roof, lean))
        box = affinity.rotate(shapely.box(x - w / 2, y - d / 2, x + w / 2, y + d / 2), turn)
        shapes.append(affinity.translate(box, *random.normal(0, 0.25, 2)))
    ids = [f"B{k:05d}" for k in range(count)]
    table = gpd.GeoDataFrame({"building_id": ids}, geometry=shapes, crs=CRS)
    return parts, table, side * PITCH


def heights(parts, x, y):
    """Height of the town at points sorted in any way."""
    z = np.full(x.shape, GROUND)
    for cx, cy, w, d, turn, roof, lean in parts:
        near = np.flatnonzero((np.abs(x - cx) < 14) & (np.abs(y - cy) < 14))
        dx, dy = x[near] - cx, y[near] - cy
        u = dx * math.cos(turn) + dy * math.sin(turn) + w / 2
        v = -dx * math.sin(turn) + dy * math.cos(turn) + d / 2
        inside = (u >= 0) & (u <= w) & (v >= 0) & (v <= d)
        z[near[inside]] = GROUND + roof(u[inside], v[inside])
        if lean:
            below = (u >= 1) & (u <= 5) & (v >= -3) & (v < 0)
            z[near[below]] = GROUND + 2.6 + 0.2 * (v[below] + 3)
    return z


def scene(count, points):
    parts, table, size = town(count)
    grid = Grid(CRS, 0, 0, 0.5, 1, 1).covering((X0 - 60, Y0 - 60, X0 + size + 60, Y0 + size + 60))
    random = np.random.default_rng(5)
    row, col = np.mgrid[: grid.rows, : grid.cols]
    x, y = grid.xy(row.ravel(), col.ravel())
    z = heights(parts, x, y).reshape(grid.shape) + 0.05 * random.standard_normal(grid.shape)
    flat = np.full(grid.shape, GROUND, np.float32)
    surface = Surface(grid, z.astype(np.float32), flat)
    if not points:
        return surface, None, table
    n = int(10 * (size + 20) ** 2)
    px, py = X0 - 10 + random.uniform(0, size + 20, (2, n))
    pz = heights(parts, px, py)
    kind = np.where(pz > GROUND + 0.1, 6, 2).astype(np.uint8)
    return surface, PointCloud(px, py, pz + 0.03 * random.standard_normal(n), kind), table


def compute(count, points, part):
    """Seconds (CPU) for one half of the town; the first houses are done twice, to compile."""
    surface, cloud, table = scene(count, points)
    mine = table.iloc[part[0] :: part[1]]

    def run(some):
        if cloud is None:
            return planes_from_surface(surface, some, table, Roofs())
        return planes_from_points(cloud, surface, some, table, Roofs())

    run(mine.iloc[:3])
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(mine)
    return time.perf_counter() - wall, time.process_time() - cpu, len(found.planes)


def main():
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    count, points = (numbers or [800])[0], "--points" in sys.argv
    if "--profile" in sys.argv:
        profile = cProfile.Profile()
        surface, cloud, table = scene(count, points)
        arguments = (surface, table, table, Roofs())
        profile.enable()
        if cloud is None:
            planes_from_surface(*arguments)
        else:
            planes_from_points(cloud, *arguments)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(28)
        return
    _, cpu, planes = compute(count, points, (0, 1))
    print(f"{count} buildings, {planes} planes: {count / cpu:.0f} a CPU second on one core")
    with ProcessPoolExecutor(2) as pool:
        halves = list(pool.map(compute, [count] * 2, [points] * 2, [(0, 2), (1, 2)]))
    seconds = max(wall for wall, _, _ in halves)
    print(f"two processes: {count / seconds:.0f} buildings a second")


if __name__ == "__main__":
    main()
