"""The French sentences of what the readers refuse: what is wrong, where, how to mend it."""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "file_missing": (
        "Fichier introuvable pour « {kind} » : {file}. Vérifiez le chemin dans le fichier de "
        "territoire (il est relatif à ce fichier)."
    ),
    "input_empty": "« {kind} » ne contient rien à lire ({file}).",
    "input_far_away": (
        "{file} ({kind}) ne touche pas {other} : {distance_km} km les séparent. Vérifiez que les "
        "deux décrivent le même territoire et que leur système de coordonnées est le bon."
    ),
    # coordinate systems
    "crs_unknown": "Système de coordonnées inconnu : {crs}. Exemple attendu : EPSG:2154.",
    "crs_not_metric": (
        "{crs} ({name}) n'est pas un système projeté en mètres : choisissez par exemple EPSG:2154."
    ),
    "crs_missing": (
        "{file} ({kind}) ne dit pas son système de coordonnées et ses valeurs (x = {x}, y = {y}) "
        "ne conviennent pas à {crs}. Elles ressemblent à : {likely}. Déclarez-le dans le fichier "
        "(.prj, métadonnées) ou convertissez-le."
    ),
    "crs_far_away": (
        "{file} ({kind}) : les coordonnées (x = {x}, y = {y}) lues en {declared} tombent hors de "
        "la zone de {crs}. Elles ressemblent à : {likely}. Corrigez le système déclaré ou "
        "convertissez le fichier."
    ),
    # vector files
    "vector_unreadable": (
        "{file} ({kind}) est illisible ou tronqué. Téléchargez-le ou exportez-le de "
        "nouveau. (Détail : {detail})"
    ),
    "vector_is_raster": (
        "{file} ({kind}) : ce n'est pas un fichier vecteur mais une image (raster). Donnez des "
        "polygones : GeoPackage, GeoJSON, Shapefile, GeoParquet."
    ),
    "vector_layer_missing": (
        "{file} ({kind}) n'a pas de couche « {layer} ». Couches présentes : {layers}."
    ),
    "vector_layers": (
        "{file} ({kind}) contient plusieurs couches : {layers}. Nommez la bonne : "
        "« {file}|couche »."
    ),
    "vector_no_geometry": (
        "{file} ({kind}) ne contient aucune géométrie : est-ce le bon fichier, la bonne couche ?"
    ),
    "column_missing": (
        "{file} ({kind}) : colonne « {column} » introuvable. Colonnes présentes : {columns}. Noms "
        "reconnus : {known}."
    ),
    "id_column_missing": (
        "{file} n'a pas de colonne « {column} » (batiments_id). Colonnes présentes : {columns}."
    ),
    "footprints_no_polygon": (
        "{file} ({kind}) : aucun des {rows} objets n'est un polygone utilisable. Il faut des "
        "emprises, pas des points ni des lignes."
    ),
    "footprints_not_buildings": (
        "{file} : la surface médiane des objets est de {area} m² (limite {limit} m²) : ce ne sont "
        "pas des bâtiments. Communes ou parcelles données à la place ?"
    ),
    # rasters
    "raster_unreadable": (
        "{file} ({kind}) est illisible ou tronqué. Téléchargez-le de nouveau. (Détail : {detail})"
    ),
    "raster_is_vector": (
        "{file} ({kind}) : ce n'est pas une grille d'altitudes (raster) mais un fichier vecteur. "
        "Donnez un GeoTIFF ou une grille ASCII."
    ),
    "raster_not_placed": (
        "{file} ({kind}) n'est pas géoréférencé : il manque sa position (fichier .tfw ou GeoTIFF)."
    ),
    "raster_axes": "{file} : les axes est et nord sont inversés ; réexportez le fichier.",
    "raster_too_coarse": (
        "{file} ({kind}) est au pas de {resolution} m : il faut {limit} m au plus pour voir les "
        "toits. Un relief plus grossier se déclare dans « relief »."
    ),
    "raster_unit": (
        "{file} ({kind}) : {relief} m de dénivelé dans un carré de quelques dizaines de mètres "
        "(limite {limit} m). Les altitudes sont sans doute en centimètres ou en décimètres : "
        "convertissez-les en mètres."
    ),
    # points
    "points_unreadable": (
        "{file} : nuage de points illisible ({detail}). Téléchargez-le de nouveau."
    ),
    "points_truncated": (
        "{file} : nuage de points tronqué, le fichier est plus court que son en-tête ne "
        "l'annonce ({detail} octets). Téléchargez-le de nouveau."
    ),
    "points_empty": "{file} : ce nuage de points ne contient aucun point.",
    "points_too_sparse": (
        "{file} : {density} point/m², trop peu pour reconnaître des pans de toit (il en faut "
        "{limit}). Prenez les dalles complètes, ou donnez un modèle de surface (mns)."
    ),
    # weather
    "weather_unreadable": "{file} : fichier météo illisible ou tronqué ({detail}).",
    "weather_format": (
        "{file} : format météo non reconnu. Formats lus : EPW, PVGIS (csv, json), NSRDB, CSV avec "
        "time, ghi, dni, dhi, temp_air, wind_speed."
    ),
    "weather_tilted": (
        "{file} : irradiation dans un plan incliné ({slope}), inutilisable. Redemandez la série à "
        "PVGIS avec une inclinaison nulle et les composantes (components=1), ou un TMY."
    ),
    "weather_columns": (
        "{file} : colonne « {missing} » absente ou vide. Colonnes présentes : {columns}."
    ),
    "weather_units": (
        "{file} : « {column} » ne dépasse jamais {highest} : l'unité attendue est le W/m² moyen "
        "sur l'intervalle."
    ),
    "weather_place": (
        "{file} : lieu impossible (latitude {latitude}, longitude {longitude}), "
        "corrigez l'en-tête."
    ),
    "weather_incomplete": (
        "{file} : {hours} heures connues, il faut au moins une année civile presque entière."
    ),
    "weather_step": "{file} : pas de temps de {minutes} min, il faut une heure ou un diviseur.",
    "weather_closure": (
        "{file} : global, direct et diffus se contredisent de {error} W/m² en moyenne (limite "
        "{limit}), quel que soit l'ordre des colonnes ou l'heure. Vérifiez colonnes, unités, lieu."
    ),
}
