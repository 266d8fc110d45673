"""Which sources, and how the jobs of each are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cadastre.sources import download_raster as raster
from cadastre.sources import download_vector as vector
from cadastre.sources.catalogue import Catalogue, Source
from cadastre.sources.download_jobs import Situation, Work

NEEDS_LIMITS = frozenset(
    {"bdtopo_batiments", "bdtopo_parkings", "lidar_index", "lidar_mns", "lidar_mnt",
     "lidar_points", "relief", "pvgis", "protections_gpu"}
)  # fmt: skip
NEEDS_TILES = frozenset({"lidar_mns", "lidar_mnt", "lidar_points"})


def work_of(source: Source, at: Situation) -> Work:
    """List the jobs of a source.

    Sources of :data:`NEEDS_LIMITS` must only be asked when ``at.limits`` is there, those of
    :data:`NEEDS_TILES` when ``at.tiles`` is.
    """
    if source.departments and not set(source.departments) & set(at.departments):
        return Work()
    return _BUILDERS[source.name](source, at)


_BUILDERS: dict[str, Callable[[Source, Situation], Work]] = {
    "iris": vector.whole_layer,
    "bdtopo_batiments": vector.by_squares,
    "bdtopo_parkings": vector.by_squares,
    "bdtopo_departement": vector.delivery,
    "cadastre_batiments": vector.by_commune,
    "cadastre_parcelles": vector.by_commune,
    "ban_adresses": vector.by_department,
    "rnb": vector.by_department,
    "lidar_index": vector.by_squares,
    "lidar_mns": raster.lidar,
    "lidar_mnt": raster.lidar,
    "lidar_points": raster.lidar,
    "relief": raster.relief,
    "pvgis": raster.weather,
    "protections_gpu": vector.by_squares,
    "unesco_bassin_minier": vector.single_file,
    "unesco_cites_tampon": vector.whole_layer,
    "enedis_production": vector.production,
    "odre_registre": vector.register,
    "cartofriches": vector.brownfields,
}


def source_names(catalogue: Catalogue) -> list[str]:
    """List the names that the options of a download may hold."""
    return [name for name in catalogue.sources if name in _BUILDERS]


def chosen_sources(
    catalogue: Catalogue, only: Iterable[str], without: Iterable[str], extra: Iterable[str] = ()
) -> list[Source]:
    """List the sources to fetch: those asked for, or those of the list less some and with others.

    The limits and the tile index come by themselves with what needs them.
    """
    wanted, refused, added = set(only), set(without), set(extra)
    names = [
        name
        for name in source_names(catalogue)
        if (name in wanted if wanted else catalogue.sources[name].default) or name in added
    ]
    return [catalogue.sources[name] for name in names if name not in refused]
