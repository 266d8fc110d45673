"""Jobs of tables: layers asked by squares or whole, files by commune or department."""

from __future__ import annotations

import gzip
import hashlib
import json
import math

import shapely
from shapely.geometry.base import BaseGeometry

from cadastre.errors import FetchError
from cadastre.parameters.download import Download
from cadastre.sources import services_files as files
from cadastre.sources import services_wfs as wfs
from cadastre.sources.catalogue import Source
from cadastre.sources.download_expected import Expectation
from cadastre.sources.download_http import Client
from cadastre.sources.download_jobs import PARTS, Assembly, Job, Situation, Work, expectation
from cadastre.sources.download_territory import CRS, squares

_SQUARE_FACTOR = 20


# -- layers asked by squares --------------------------------------------------------------------


def by_squares(source: Source, at: Situation) -> Work:
    """List the squares of a layer that meet the territory, put together in one file."""
    assert at.limits is not None
    area: BaseGeometry = at.limits.geometry
    if source.name == "lidar_index":
        area = area.buffer(at.parameters.surface_margin_m)
    side = _square_side(source, at.parameters)
    jobs = tuple(
        _square_job(source, at, (column, row), side) for column, row in squares(area, side)
    )
    asked = [job.url for job in jobs] + [shapely.to_wkb(area, hex=True)]
    request = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    size = round(area.area / 1e6 * source.features_per_km2 * source.mean_bytes)
    targets = tuple(job.target for job in jobs)
    return Work(jobs, Assembly(source, source.target, targets, request, area, size))


def _square_side(source: Source, parameters: Download) -> float:
    """Side of the squares: some pages at most, a multiple of the smallest side."""
    fits = math.sqrt(0.5 * parameters.page_size / source.features_per_km2) * 1000.0
    times = min(max(math.floor(fits / parameters.tile_m), 1), _SQUARE_FACTOR)
    return times * parameters.tile_m


def _square_job(source: Source, at: Situation, place: tuple[int, int], side: float) -> Job:
    x, y = place[0] * side, place[1] * side
    bounds = (x, y, x + side, y + side)

    def make(client: Client) -> bytes:
        found = wfs.fetch_square(client, source, bounds, CRS)
        body = json.dumps([found[key] for key in sorted(found)], ensure_ascii=False)
        return gzip.compress(body.encode("utf-8"), mtime=0)

    return Job(
        source,
        f"{PARTS}/{source.name}/{place[0]}_{place[1]}_{side:g}.json.gz",
        source.service,
        wfs.feature_url(at.base(source), source, bounds=bounds, bounds_crs=CRS),
        Expectation("json.gz"),
        round(side * side / 1e6 * source.features_per_km2 * source.mean_bytes / 5),
        make=make,
    )


def whole_layer(source: Source, at: Situation) -> Work:
    """Ask a layer whole, or by commune codes."""
    blocks = [""]
    if source.filter != "none":
        codes = sorted(at.communes)
        blocks = [
            wfs.in_list(source.filter, codes[start : start + 100])
            for start in range(0, len(codes), 100)
        ]

    def make(client: Client) -> bytes:
        found = [one for cql in blocks for one in wfs.fetch_features(client, source, cql=cql)]
        unique = {wfs.feature_key(source, one): one for one in found}
        if not unique:
            raise FetchError("fetch_no_coverage", file=source.target)
        return files.collection_bytes((unique[key] for key in sorted(unique)), source.crs)

    url = " ".join(wfs.feature_url(at.base(source), source, cql=cql) for cql in blocks)
    size = source.mean_bytes * (1 if source.filter == "none" else len(at.communes))
    return Work(
        (Job(source, source.target, source.service, url, expectation(source), size, make=make),)
    )


# -- files by commune, by department ------------------------------------------------------------


def by_commune(source: Source, at: Situation) -> Work:
    """List one file a commune."""
    return Work(
        tuple(
            _file(source, at, commune=code, department=files.department_of(code))
            for code in sorted(at.communes)
        )
    )


def by_department(source: Source, at: Situation) -> Work:
    """List one file a department."""
    return Work(tuple(_file(source, at, department=code) for code in at.departments))


def _file(source: Source, at: Situation, **values: str) -> Job:
    return Job(
        source,
        source.target.format(**values),
        source.service,
        files.file_url(at.base(source), source, **values),
        expectation(source),
        source.mean_bytes,
    )


def register(source: Source, at: Situation) -> Work:
    """List the extracts of the national register, one a department."""
    return Work(
        tuple(
            Job(
                source,
                source.target.format(department=code),
                source.service,
                files.register_url(at.base(source), source, code),
                expectation(source),
                source.mean_bytes,
                resumable=False,
            )
            for code in at.departments
        )
    )


def brownfields(source: Source, at: Situation) -> Work:
    """List the brownfields, one file a department."""

    def job(code: str) -> Job:
        return Job(
            source,
            source.target.format(department=code),
            source.service,
            f"{at.base(source)}{source.path}?coddep={code}",
            expectation(source),
            source.mean_bytes,
            make=lambda client: files.brownfields(client, source, code),
        )

    return Work(tuple(job(code) for code in at.departments))


def production(source: Source, at: Situation) -> Work:
    """List the one table of yearly production of all communes."""
    url = f"{at.base(source)}/{source.dataset}/lines?qs=code_commune:{','.join(at.communes)}"
    job = Job(
        source,
        source.target,
        source.service,
        url,
        expectation(source),
        source.mean_bytes,
        make=lambda client: files.production_rows(client, source, at.communes),
    )
    return Work((job,))


def single_file(source: Source, at: Situation) -> Work:
    """List a file that stands alone."""
    return Work((_file(source, at),))


def delivery(source: Source, at: Situation) -> Work:
    """List the archives of the departments; their names come from ``at.cache``."""
    jobs = []
    for code in at.departments:
        found = at.cache.get(f"delivery_{code}")
        if isinstance(found, tuple):
            name, date, url = found
            service = at.catalogue.owner(url).name
            target = source.target.format(name=name)
            jobs.append(
                Job(source, target, service, url, expectation(source), source.mean_bytes, date)
            )
    return Work(tuple(jobs))
