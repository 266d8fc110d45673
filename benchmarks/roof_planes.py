"""Roof planes: buildings per second, and where the time goes.

``python benchmarks/roof_planes.py [buildings] [--points] [--profile]``. A made-up town of ordinary
houses (gables, hips, terraces, lean-tos, some flat) at 0.5 m with noise; with ``--points``, 10
LiDAR points a square metre. CPU seconds of one process, and wall seconds of two processes that
share the town, a strip each. Aim, on two cores: 400 buildings a second from a surface
model, 150 from points.
"""

from __future__ import annotations

import cProfile
import math
import os
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
    """Wall and CPU seconds of one strip of the town; its first houses are done before, to compile.

    ``part``: (which strip, how many). A strip reads the points around its own houses only.
    """
    surface, cloud, table = scene(count, points)
    mine = table.iloc[part[0] * count // part[1] : (part[0] + 1) * count // part[1]]
    if cloud is not None:
        x0, y0, x1, y1 = mine.total_bounds
        near = (
            (cloud.x > x0 - 60) & (cloud.x < x1 + 60) & (cloud.y > y0 - 60) & (cloud.y < y1 + 60)
        )
        cloud = PointCloud(cloud.x[near], cloud.y[near], cloud.z[near], cloud.classification[near])

    run(mine.iloc[:3], surface, cloud, table)
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(mine, surface, cloud, table)
    return time.perf_counter() - wall, time.process_time() - cpu, len(found.planes)


def run(some, surface, cloud, table):
    """Planes of some houses, from the surface model or from points."""
    if cloud is None:
        return planes_from_surface(surface, some, table, Roofs())
    return planes_from_points(cloud, surface, some, table, Roofs())


STEPS = {
    "windows": "cut_window", "shifts of footprints": "shifts", "planes of pixels": "segment",
    "which are the building's": "_own_segments", "doubtful planes": "_judged",
    "refit on points": "_refitted", "points sorted": "PointIndex", "points cut out": "within",
    "eaves": "eave_outline", "annexes": "annex_outline", "courtyards": "_ground_holes",
    "labels under the outline": "_fill", "straight borders": "plane_rings",
    "obstacles": "obstacles_on", "quality": "roof_quality", "ground of neighbours": "own_ground",
    "outlines as polygons": "_outline_polygon", "tables": "_plane_rows",
}  # fmt: skip


def profiled(count, points):
    """Print what each step takes of the whole, profiler's own cost included."""
    surface, cloud, table = scene(count, points)
    run(table.iloc[:3], surface, cloud, table)
    profile = cProfile.Profile()
    profile.enable()
    run(table, surface, cloud, table)
    profile.disable()
    stats = pstats.Stats(profile).stats
    took = {
        "PointIndex" if name == "__init__" and "points.py" in file else name: entry[3]
        for (file, _, name), entry in stats.items()
        if "cadastre" in file
    }
    total = took["_found"] + (took.get("PointIndex", 0.0))
    print(f"{count} buildings, {1000 * total / count:.2f} ms each under the profiler")
    for step, name in sorted(STEPS.items(), key=lambda one: -took.get(one[1], 0.0)):
        if name in took:
            print(f"  {100 * took[name] / total:5.1f} %  {step}")


def main():
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    count, points = (numbers or [800])[0], "--points" in sys.argv
    if "--profile" in sys.argv:
        profiled(count, points)
        return
    _, cpu, planes = compute(count, points, (0, 1))
    print(
        f"{count} buildings, {planes} planes: {1000 * cpu / count:.2f} CPU ms a building, "
        f"{count / cpu:.0f} a CPU second"
    )
    with ProcessPoolExecutor(2) as pool:
        halves = list(pool.map(compute, [count] * 2, [points] * 2, [(0, 2), (1, 2)]))
    wall, cpu = max(one[0] for one in halves), sum(one[1] for one in halves)
    print(
        f"two processes: {count / wall:.0f} buildings a second, {1000 * cpu / count:.2f} CPU ms "
        f"a building; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
