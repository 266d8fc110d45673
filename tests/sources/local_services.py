"""A local server that behaves like the public services, well or badly.

It answers below ``/<service name>/`` what each service of the catalogue answers: WFS pages with
``numberMatched`` (and a silent cap), WMS-Raster pictures as real GeoTIFF, files with ``Range``
and ``If-Range``, Atom feeds, PVGIS series, pages of data-fair and of the Cerema. Every request is
noted. Faults are laid on addresses: each is served once (or as often as said), then the truth.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from shapely.geometry import Polygon, box

from tests.sources.local_data import (
    commune_box,
    feature,
    geotiff,
    layers,
    laz,
    series,
    seven_zip,
    tables,
)


@dataclass
class Fault:
    """How an answer goes wrong.

    ``kind``: ``status`` (with ``status`` and ``retry_after``), ``truncate`` (half the body is
    sent of the length announced), ``page`` (a web page, 200), ``exception`` (an XML report, 200),
    ``reset`` (the connection falls), ``silent`` (nothing comes for ``seconds``), ``drip`` (a byte
    now and then), ``wrong_type`` (a picture of another place or another format).
    """

    kind: str
    times: int = 1
    status: int = 503
    retry_after: str = ""
    seconds: float = 5.0


@dataclass
class LocalServices:
    """The server, its data, its notes.

    ``cap`` is how many features a WFS page really holds whatever is asked; ``rate`` slows plain
    files to so many bytes a second. ``ranges`` and ``sorts`` say whether they are honoured.
    """

    folder: Path
    cap: int = 20
    rate: float = 0.0
    ranges: bool = True
    sorts: bool = True
    layers: dict[str, list[dict]] = field(default_factory=layers)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.files = tables(self.folder)
        handler = type("Bound", (_Handler,), {"services": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def override(self) -> str:
        """The value of CADASTRE_SERVICES."""
        return f"*={self.address}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def lay(self, pattern: str, kind: str, **how: object) -> None:
        """Lay a fault on the addresses that match a regular expression."""
        self.faults.append((pattern, Fault(kind, **how)))  # type: ignore[arg-type]

    def note(self, path: str, headers: dict[str, str]) -> Fault | None:
        """Note a request; say which fault it meets."""
        with self._lock:
            self.requests.append((path, headers))
            for pattern, fault in self.faults:
                if fault.times and re.search(pattern, path):
                    fault.times -= 1
                    return fault
        return None

    def count(self, pattern: str = "") -> int:
        """How many requests match."""
        with self._lock:
            return sum(1 for path, _ in self.requests if re.search(pattern, path))

    def forget(self) -> None:
        """Forget the requests noted."""
        with self._lock:
            self.requests.clear()


class _Handler(BaseHTTPRequestHandler):
    services: LocalServices
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        fault = self.services.note(self.path, dict(self.headers))
        try:
            if fault is not None and self._break(fault):
                return
            parts = urlsplit(self.path)
            values = {key: found[0] for key, found in parse_qs(parts.query, True).items()}
            kind, body = self._answer(parts.path, values)
            if fault is not None and fault.kind == "wrong_type":
                body = geotiff((0.0, 0.0, 10.0, 10.0), 7, 7)
            self._send(kind, body, fault)
        except (BrokenPipeError, ConnectionResetError):
            pass
        except Exception as error:  # a wrong request: said to the test, not to the client
            self.services.surprises.append(f"{self.path}: {error!r}")
            self.close_connection = True

    # -- going wrong --------------------------------------------------------------------------

    def _break(self, fault: Fault) -> bool:
        if fault.kind == "status":
            self.send_response(fault.status)
            if fault.retry_after:
                self.send_header("Retry-After", fault.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif fault.kind in ("page", "exception"):
            page = b"<!DOCTYPE html><html><title>Maintenance en cours</title></html>"
            report = b"<?xml version='1.0'?><ServiceExceptionReport><ServiceException>"
            report += b"LayerNotDefined</ServiceException></ServiceExceptionReport>"
            self._plain(page if fault.kind == "page" else report, "text/html")
        elif fault.kind == "reset":
            self.connection.close()
        elif fault.kind == "silent":
            time.sleep(fault.seconds)
            self.connection.close()
        else:
            return False
        self.close_connection = True
        return True

    def _plain(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # -- sending ------------------------------------------------------------------------------

    def _send(self, kind: str, body: bytes, fault: Fault | None) -> None:
        if kind == "missing":
            self.send_error(404)
            return
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        status, start = 200, 0
        if kind == "file" and self.services.ranges:
            status, start = self._range(body, etag)
        if status == 416:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        piece = body[start:]
        compressed = kind != "file" and "gzip" in self.headers.get("Accept-Encoding", "")
        if compressed:
            piece = gzip.compress(piece, 1)
        self.send_response(status)
        self.send_header("Content-Length", str(len(piece)))
        if compressed:
            self.send_header("Content-Encoding", "gzip")
        if kind == "file":
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", "Mon, 01 Jun 2026 06:00:00 GMT")
            self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        self._body(piece, kind, fault)

    def _range(self, body: bytes, etag: str) -> tuple[int, int]:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if found is None or self.headers.get("If-Range", etag) != etag:
            return 200, 0
        start = int(found[1])
        return (206, start) if start < len(body) else (416, 0)

    def _body(self, piece: bytes, kind: str, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "truncate":
            self.wfile.write(piece[: len(piece) // 2])
            self.close_connection = True
            self.connection.close()
        elif fault is not None and fault.kind == "drip":
            for rank in range(len(piece)):
                self.wfile.write(piece[rank : rank + 1])
                time.sleep(0.05)
        elif kind == "file" and self.services.rate:
            block = max(int(self.services.rate / 50), 1)
            for rank in range(0, len(piece), block):
                self.wfile.write(piece[rank : rank + block])
                time.sleep(0.02)
        else:
            self.wfile.write(piece)

    # -- answering ----------------------------------------------------------------------------

    def _answer(self, path: str, values: dict[str, str]) -> tuple[str, bytes]:
        if path in self.services.files:
            return "file", self.services.files[path]
        service, _, rest = path.lstrip("/").partition("/")
        answer = {
            "geopf_wfs": self._wfs, "geo2france": self._wfs, "geopf_wms_r": self._wms,
            "pvgis": self._pvgis, "geopf_telechargement": self._delivery,
            "enedis": self._enedis, "odre": self._odre, "cerema": self._cerema,
        }.get(service)  # fmt: skip
        return ("missing", b"") if answer is None else answer(rest, values)

    def _wfs(self, _: str, values: dict[str, str]) -> tuple[str, bytes]:
        assert values["SERVICE"] == "WFS"
        assert values["VERSION"] == "2.0.0"
        found = self.services.layers[values["TYPENAMES"]]
        condition = values.get("CQL_FILTER", "")
        bounds = values.get("BBOX", "").split(",")[:4]
        for name, listed in re.findall(r"(\w+) IN \(([^)]*)\)", condition):
            wanted = re.findall(r"'([^']*)'", listed)
            found = [one for one in found if str(one["properties"].get(name)) in wanted]
        for name, value in re.findall(r"(\w+)='([^']*)'", condition):
            found = [one for one in found if one["properties"].get(name) == value]
        inside = re.search(r"BBOX\(\w+,([^')]*),'EPSG:2154'\)", condition)
        if inside is not None:
            bounds = inside[1].split(",")
        if len(bounds) == 4:
            window = box(*map(float, bounds))
            found = [one for one in found if window.intersects(_shape(one))]
        if values.get("RESULTTYPE") == "hits":
            text = f'<wfs:FeatureCollection numberMatched="{len(found)}" numberReturned="0"/>'
            return "computed", text.encode()
        sort = values.get("SORTBY")
        if sort and self.services.sorts:
            found = sorted(found, key=lambda one: str(one["properties"][sort]))
        start = int(values["STARTINDEX"])
        page = found[start : start + min(int(values["COUNT"]), self.services.cap)]
        content = {
            "type": "FeatureCollection", "features": page, "totalFeatures": len(found),
            "numberMatched": len(found), "numberReturned": len(page),
        }  # fmt: skip
        return "computed", json.dumps(content).encode()

    def _wms(self, _: str, values: dict[str, str]) -> tuple[str, bytes]:
        bounds = tuple(map(float, values["BBOX"].split(",")))
        width, height = int(values["WIDTH"]), int(values["HEIGHT"])
        if max(width, height) > 5010:
            return "computed", b"<ServiceExceptionReport>too large</ServiceExceptionReport>"
        sea = values["LAYERS"].startswith("IGNF") and bounds[0] < 680_990
        value = -9999.0 - 50.0 if sea else 40.0
        return "computed", geotiff(bounds, width, height, value)

    def _pvgis(self, _: str, values: dict[str, str]) -> tuple[str, bytes]:
        return "computed", series(values)

    def _delivery(self, path: str, values: dict[str, str]) -> tuple[str, bytes]:
        name = "BDTOPO_3-5_TOUSTHEMES_GPKG_LAMB93_D062_{}"
        frame = (
            '<feed xmlns="http://www.w3.org/2005/Atom" '
            'xmlns:gpf_dl="https://data.geopf.fr/annexes/ressources/xsd/gpf_dl.xsd" '
            'gpf_dl:pagecount="2">{}</feed>'
        )
        cloud = re.search(r"LHD_FXX_(\d{4})_(\d{4})_PTS", path)
        if cloud is not None:
            return "file", laz(int(cloud[1]), int(cloud[2]))
        if path.endswith(".7z"):
            return "file", seven_zip(b"\x00" * 5000)
        if path == "resource/BDTOPO":
            date = {"1": "2026-03-15", "2": "2026-09-15"}[values["page"]]
            entry = (
                f"<entry><title>{name.format(date)}</title>"
                f"<gpf_dl:editionDate>{date}</gpf_dl:editionDate></entry>"
            )
            return "computed", frame.format(entry).encode()
        if path.startswith("resource/BDTOPO/"):
            last = path.rsplit("/", 1)[-1]
            link = f"https://data.geopf.fr/telechargement/download/BDTOPO/{last}/{last}.7z"
            return "computed", frame.format(f'<entry><link href="{link}"/></entry>').encode()
        return "missing", b""

    def _enedis(self, path: str, values: dict[str, str]) -> tuple[str, bytes]:
        schema = [
            "annee", "code_commune", "nb_sites_photovoltaique_enedis",
            "energie_produite_annuelle_photovoltaique_enedis_mwh",
        ]  # fmt: skip
        if not path:
            found = [
                {"id": "autre", "schema": [{"key": "annee"}]},
                {"id": "x1y2z3", "schema": [{"key": name} for name in schema]},
            ]
            return "computed", json.dumps({"count": 2, "results": found}).encode()
        if not path.startswith("x1y2z3/"):
            return "missing", b""  # the name of the old portal is gone
        codes = re.findall(r"\d{5}", values["qs"])
        rows = [
            dict(zip(schema, (year, code, 3, 12.5), strict=True))
            for code in codes
            for year in range(2011, 2025)
        ]
        start = int(values.get("after", "0"))
        page = {"total": len(rows), "results": rows[start : start + 10]}
        if start + 10 < len(rows):
            after = self.path.split("&after=")[0] + f"&after={start + 10}"
            published = "https://opendata.enedis.fr/data-fair/api/v1/datasets"
            page["next"] = after.replace("/enedis", published, 1)
        return "computed", json.dumps(page).encode()

    def _odre(self, path: str, values: dict[str, str]) -> tuple[str, bytes]:
        assert path.endswith("/exports/csv")
        assert 'codedepartement="62"' in values["where"]
        head = "codeinseecommune;codefiliere;nbinstallations;puismaxinstallee\n"
        return "computed", (head + "62801;SOLAI;4;12.0\n").encode()

    def _cerema(self, _: str, values: dict[str, str]) -> tuple[str, bytes]:
        page = int(values.get("page", "1"))
        sites = [
            feature(commune_box(0), site_id=f"62801_{page}_{rank}", site_nom="Ancienne fosse",
                    site_statut="friche potentielle", comm_insee="62801")
            for rank in range(3)
        ]  # fmt: skip
        more = (
            f"https://apidf-preprod.cerema.fr/cartofriches/geofriches/?coddep=62&page={page + 1}"
        )
        content = {
            "type": "FeatureCollection", "count": 6, "features": sites,
            "next": more if page < 2 else None,
        }  # fmt: skip
        return "computed", json.dumps(content).encode()


def _shape(one: dict) -> Polygon:
    return Polygon(one["geometry"]["coordinates"][0])
