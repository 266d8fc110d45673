"""Small 3D models of known shape, written by hand in every format: what the readers must find.

Nothing here uses the package. A face is (type, [outline, hole, ...]), rings are lists of (x, y, z)
not closed, outlines turning so that normals point outwards.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

X0, Y0 = 700_000.0, 7_030_000.0  # somewhere in the Artois, EPSG:2154


def gable_house(x=0.0, y=0.0, length=10.0, width=8.0, eave=5.0, ridge=8.0, ground=0.0):
    """Ridge along x. Each slope: length * hypot(width / 2, ridge - eave) m²."""
    x0, y0 = X0 + x, Y0 + y
    x1, y1, ym = x0 + length, y0 + width, y0 + width / 2
    g, e, r = ground, ground + eave, ground + ridge
    return [
        ("RoofSurface", [[(x0, y0, e), (x1, y0, e), (x1, ym, r), (x0, ym, r)]]),
        ("RoofSurface", [[(x1, y1, e), (x0, y1, e), (x0, ym, r), (x1, ym, r)]]),
        ("GroundSurface", [[(x0, y0, g), (x0, y1, g), (x1, y1, g), (x1, y0, g)]]),
        ("WallSurface", [[(x0, y0, g), (x1, y0, g), (x1, y0, e), (x0, y0, e)]]),
        ("WallSurface", [[(x1, y1, g), (x0, y1, g), (x0, y1, e), (x1, y1, e)]]),
        ("WallSurface", [[(x1, y0, g), (x1, y1, g), (x1, y1, e), (x1, ym, r), (x1, y0, e)]]),
        ("WallSurface", [[(x0, y1, g), (x0, y0, g), (x0, y0, e), (x0, ym, r), (x0, y1, e)]]),
    ]


def flat_house(x=0.0, y=0.0, length=10.0, width=8.0, height=6.0, hole=None):
    """Flat roof, with a courtyard when ``hole`` = (x_min, y_min, x_max, y_max), in the house."""
    x0, y0, x1, y1 = X0 + x, Y0 + y, X0 + x + length, Y0 + y + width
    h = height
    roof = [[(x0, y0, h), (x1, y0, h), (x1, y1, h), (x0, y1, h)]]
    floor = [[(x0, y0, 0), (x0, y1, 0), (x1, y1, 0), (x1, y0, 0)]]
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    walls = []
    if hole:
        a, b, c, d = X0 + x + hole[0], Y0 + y + hole[1], X0 + x + hole[2], Y0 + y + hole[3]
        inner = [(a, b), (a, d), (c, d), (c, b)]
        roof.append([(px, py, h) for px, py in inner])
        floor.append([(px, py, 0) for px, py in inner[::-1]])
        walls += list(zip(inner, inner[1:] + inner[:1]))
    walls += list(zip(corners, corners[1:] + corners[:1]))
    faces = [("RoofSurface", roof), ("GroundSurface", floor)]
    for (ax, ay), (bx, by) in walls:
        faces.append(("WallSurface", [[(ax, ay, 0), (bx, by, 0), (bx, by, h), (ax, ay, h)]]))
    return faces


def cityjson(
    buildings,
    *,
    kind="Solid",
    typed=True,
    lod="2.2",
    version="2.0",
    crs="EPSG/0/2154",
    scale=0.001,
):
    """One CityJSON document; ``buildings``: id -> faces (a building) or {part id: faces}."""
    points: dict[tuple[int, int, int], int] = {}
    objects = {}
    translate = (X0, Y0, 0.0) if scale else (0.0, 0.0, 0.0)

    def index(point):
        key = tuple(
            round((value - shift) / scale) if scale else value
            for value, shift in zip(point, translate)
        )
        return points.setdefault(key, len(points))

    def geometry(faces):
        names = ["RoofSurface", "WallSurface", "GroundSurface"]
        surfaces = [[[index(point) for point in ring] for ring in rings] for _, rings in faces]
        values = [names.index(name) for name, _ in faces]
        wrap = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2}[kind]
        for _ in range(wrap):
            surfaces, values = [surfaces], [values]
        found = {"type": kind, "lod": lod, "boundaries": surfaces}
        if typed:
            found["semantics"] = {"surfaces": [{"type": name} for name in names], "values": values}
        return found

    for name, faces in buildings.items():
        if isinstance(faces, dict):
            objects[name] = {
                "type": "Building",
                "children": list(faces),
                "attributes": {"n": name},
            }
            for part, some in faces.items():
                objects[part] = {
                    "type": "BuildingPart",
                    "parents": [name],
                    "geometry": [geometry(some)],
                }
        else:
            objects[name] = {
                "type": "Building",
                "attributes": {"n": name},
                "geometry": [geometry(faces)],
            }
    document = {
        "type": "CityJSON",
        "version": version,
        "CityObjects": objects,
        "vertices": [list(key) for key in points],
    }
    if scale:
        document["transform"] = {"scale": [scale] * 3, "translate": list(translate)}
    if crs:
        document["metadata"] = {"referenceSystem": f"https://www.opengis.net/def/crs/{crs}"}
    return document


def cityjson_sequence(buildings, **options):
    """Write the same as CityJSONSeq: a header, then one feature a line with its own vertices."""
    head = cityjson({}, **options)
    lines = [json.dumps(head)]
    for name, faces in buildings.items():
        document = cityjson({name: faces}, **options)
        feature = {
            "type": "CityJSONFeature",
            "id": name,
            "CityObjects": document["CityObjects"],
            "vertices": document["vertices"],
        }
        lines.append(json.dumps(feature))
    return "\n".join(lines) + "\n"


def _position(point, north_first):
    x, y, z = point
    return f"{y} {x} {z}" if north_first else f"{x} {y} {z}"


def _ring(ring, style, north_first):
    closed = [*ring, ring[0]]
    words = [_position(point, north_first) for point in closed]
    if style == "pos":
        inner = "".join(f"<gml:pos>{word}</gml:pos>" for word in words)
    elif style == "coordinates":
        tuples = " ".join(word.replace(" ", ",") for word in words)
        inner = f"<gml:coordinates>{tuples}</gml:coordinates>"
    elif style == "flat":
        pairs = " ".join(" ".join(word.split()[:2]) for word in words)
        inner = f'<gml:posList srsDimension="2">{pairs}</gml:posList>'
    else:
        inner = f"<gml:posList>{' '.join(words)}</gml:posList>"
    return f"<gml:LinearRing>{inner}</gml:LinearRing>"


def gml_polygon(name, rings, style="posList", north_first=False):
    """One gml:Polygon."""
    holes = "".join(
        f"<gml:interior>{_ring(ring, style, north_first)}</gml:interior>" for ring in rings[1:]
    )
    outline = f"<gml:exterior>{_ring(rings[0], style, north_first)}</gml:exterior>"
    return f'<gml:Polygon gml:id="{name}">{outline}{holes}</gml:Polygon>'


def _gml_object(tag, name, faces, form, style, north_first, inner=""):
    shapes = [
        (kind, f"{name}_p{k}", gml_polygon(f"{name}_p{k}", rings, style, north_first))
        for k, (kind, rings) in enumerate(faces)
    ]

    def members(items):
        return "".join(f"<gml:surfaceMember>{item}</gml:surfaceMember>" for item in items)

    body = ""
    links = [f'<gml:surfaceMember xlink:href="#{label}"/>' for _, label, _ in shapes]
    shell = "<gml:Solid><gml:exterior><gml:CompositeSurface>{}</gml:CompositeSurface>"
    shell += "</gml:exterior></gml:Solid>"
    if form == "solid":  # untyped
        body = f"<bldg:lod2Solid>{shell.format(members(s for _, _, s in shapes))}</bldg:lod2Solid>"
    elif form == "multi":  # untyped
        surfaces = members(s for _, _, s in shapes)
        body = f"<bldg:lod2MultiSurface><gml:MultiSurface>{surfaces}</gml:MultiSurface>"
        body += "</bldg:lod2MultiSurface>"
    else:
        if form in ("typed", "linked_solid"):
            inside = links if form == "linked_solid" else []
            if inside:
                body += f"<bldg:lod2Solid>{shell.format(''.join(inside))}</bldg:lod2Solid>"
        if form == "linked_surfaces":
            body += f"<bldg:lod2Solid>{shell.format(members(s for _, _, s in shapes))}"
            body += "</bldg:lod2Solid>"
        for (kind, _, shape), link in zip(shapes, links):
            held = link if form == "linked_surfaces" else members([shape])
            body += f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface><gml:MultiSurface>"
            body += f"{held}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:{kind}>"
            body += "</bldg:boundedBy>"
    return f'<bldg:{tag} gml:id="{name}">{body}{inner}</bldg:{tag}>'


def citygml(
    buildings, *, form="typed", style="posList", crs="EPSG:2154", north_first=False, version="2.0"
):
    """One CityGML document; ``form``: typed, linked_solid, linked_surfaces, solid, multi."""
    spaces = {
        "": f"http://www.opengis.net/citygml/{version}",
        "bldg": f"http://www.opengis.net/citygml/building/{version}",
        "gml": "http://www.opengis.net/gml",
        "gen": f"http://www.opengis.net/citygml/generics/{version}",
        "xlink": "http://www.w3.org/1999/xlink",
    }
    names = " ".join(f'xmlns{":" if key else ""}{key}="{url}"' for key, url in spaces.items())
    envelope = ""
    if crs:
        envelope = f'<gml:boundedBy><gml:Envelope srsName="{crs}" srsDimension="3">'
        envelope += "<gml:lowerCorner>0 0 0</gml:lowerCorner><gml:upperCorner>1 1 1"
        envelope += "</gml:upperCorner></gml:Envelope></gml:boundedBy>"
    members = ""
    for name, faces in buildings.items():
        extra = "<bldg:measuredHeight>8.0</bldg:measuredHeight>"
        extra += '<gen:stringAttribute name="toit"><gen:value>tuile</gen:value>'
        extra += "</gen:stringAttribute>"
        if isinstance(faces, dict):
            for part, some in faces.items():
                inside = _gml_object("BuildingPart", part, some, form, style, north_first)
                extra += f"<bldg:consistsOfBuildingPart>{inside}</bldg:consistsOfBuildingPart>"
            faces = []
            one = f'<bldg:Building gml:id="{name}">{extra}</bldg:Building>'
        else:
            one = _gml_object("Building", name, faces, form, style, north_first, extra)
        members += f"<cityObjectMember>{one}</cityObjectMember>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><CityModel {names}>{envelope}{members}</CityModel>'
    )


STRIP, FAN, OUTER, INNER, FIRST, RING = 0, 1, 2, 3, 4, 5


def write_multipatch(path: Path, shapes, ids, wkt=None):
    """Write a MultiPatch shapefile byte by byte; ``shapes``: lists of (part type, points).

    ESRI shapefile technical description, July 1998, pages 20-24.
    """
    records = []
    for parts in shapes:
        points = np.array([point for _, ring in parts for point in ring], np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        starts = np.cumsum([0] + [len(ring) for _, ring in parts[:-1]])
        body = struct.pack("<i4d2i", 31, low[0], low[1], high[0], high[1], len(parts), len(points))
        body += struct.pack(f"<{len(parts)}i", *starts)
        body += struct.pack(f"<{len(parts)}i", *(kind for kind, _ in parts))
        body += points[:, :2].astype("<f8").tobytes()
        body += struct.pack("<2d", low[2], high[2]) + points[:, 2].astype("<f8").tobytes()
        records.append((body, low, high))
    low = np.min([item[1] for item in records], axis=0)
    high = np.max([item[2] for item in records], axis=0)

    def header(words):
        box = (low[0], low[1], high[0], high[1], low[2], high[2], 0.0, 0.0)
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, words) + struct.pack(
            "<2i8d", 1000, 31, *box
        )

    main, index, offset = b"", b"", 50
    for number, (body, _, _) in enumerate(records, start=1):
        main += struct.pack(">2i", number, len(body) // 2) + body
        index += struct.pack(">2i", offset, len(body) // 2)
        offset += 4 + len(body) // 2
    path.with_suffix(".shp").write_bytes(header(50 + len(main) // 2) + main)
    path.with_suffix(".shx").write_bytes(header(50 + len(index) // 2) + index)
    width = 20
    table = struct.pack("<4B I H H 20x", 3, 126, 1, 1, len(ids), 65, 1 + width)
    table += struct.pack("<11s c I B B 14x", b"id", b"C", 0, width, 0) + b"\r"
    table += b"".join(b" " + name.encode().ljust(width) for name in ids) + b"\x1a"
    path.with_suffix(".dbf").write_bytes(table)
    if wkt:
        path.with_suffix(".prj").write_text(wkt)
    return path.with_suffix(".shp")


def closed(ring):
    """Repeat the first point at the end, as shapefiles do."""
    return [*ring, ring[0]]
