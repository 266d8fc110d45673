"""Roof surfaces of real 3D models by plain code: what the package must find, file by file."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def surfaces_of(path: Path, kind: str = "RoofSurface"):
    """[(building, rings)] of the surfaces of one kind at the highest level of each object."""
    if path.suffix == ".gml":
        return _gml(path, kind)
    found = []
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    transform = None
    for line in lines:
        document = json.loads(line)
        transform = document.get("transform", transform)
        points = [
            tuple(
                value * factor + shift
                for value, factor, shift in zip(point, transform["scale"], transform["translate"])
            )
            for point in document["vertices"]
        ]
        objects = document["CityObjects"]
        for name, item in objects.items():
            if item["type"] not in ("Building", "BuildingPart"):
                continue
            root = name
            while objects[root].get("parents"):
                root = objects[root]["parents"][0]
            shapes = [g for g in item.get("geometry", []) if "semantics" in g]
            top = max((float(g["lod"]) for g in shapes), default=None)
            for shape in shapes:
                if float(shape["lod"]) != top:
                    continue
                names = [surface["type"] for surface in shape["semantics"]["surfaces"]]
                outer, values = shape["boundaries"], shape["semantics"]["values"]
                if shape["type"] == "Solid":
                    outer, values = outer[0], values[0]
                for rings, value in zip(outer, values):
                    if value is not None and names[value] == kind:
                        found.append((root, [_open([points[k] for k in ring]) for ring in rings]))
    return found


def _open(ring):
    return ring[:-1] if ring[0] == ring[-1] else ring


def buildings_of(path: Path):
    """Identifiers of the buildings of a CityJSON file or sequence."""
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    return [
        name
        for line in lines
        for name, item in json.loads(line)["CityObjects"].items()
        if item["type"] == "Building"
    ]


def attributes_of(path: Path):
    """Building -> attributes, of a CityJSONSeq."""
    return {
        name: item["attributes"]
        for line in path.read_text().splitlines()
        for name, item in json.loads(line)["CityObjects"].items()
        if item["type"] == "Building"
    }


def _gml(path: Path, kind: str):
    bldg, gml = "{http://www.opengis.net/citygml/building/2.0}", "{http://www.opengis.net/gml}"
    found = []
    for building in ElementTree.parse(path).getroot().iter(f"{bldg}Building"):
        for surface in building.iter(f"{bldg}{kind}"):
            for polygon in surface.iter(f"{gml}Polygon"):
                rings = []
                for positions in polygon.iter(f"{gml}posList"):
                    numbers = [float(word) for word in re.split(r"\s+", positions.text.strip())]
                    points = list(zip(numbers[::3], numbers[1::3], numbers[2::3]))
                    rings.append(points[:-1])
                found.append((building.get(f"{gml}id"), rings))
    return found
