"""``consulter``: the advisers' page on this machine: the published map, plus search and sheets.

Binds to 127.0.0.1 unless told otherwise; reads the results once; writes nothing.
"""

from __future__ import annotations

import html
import http.server
import math
import mimetypes
import urllib.parse
from functools import partial
from pathlib import Path

from cadastre.errors import CadastreError, InputError
from cadastre.pipeline.address_search import addresses_with
from cadastre.pipeline.delivery import Results, hours, publish, sheet_html
from cadastre.publishing.hours_csv import hours_csv
from cadastre.publishing.texts_fr.consult import PAGE, RESULT, SENTENCES, search_heading
from cadastre.publishing.texts_fr.errors import error_sentence

_MOST_RESULTS = 50
_BAD_REQUEST = ("size_not_positive", "size_too_large")


def _status(error: CadastreError) -> int:
    """400 where the reader asked for a size that cannot be, else 404."""
    return 400 if error.code in _BAD_REQUEST else 404


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers for the site, ``/recherche?q=``, ``/fiche/ID?puissance=KWC`` and ``/heures/ID``."""

    protocol_version = "HTTP/1.1"
    server_version = "cadastre"

    def __init__(self, results: Results, site: Path, *arguments: object) -> None:
        self._results, self._site = results, site
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer one request."""
        address = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(address.path)
        try:
            if path == "/":
                self._page(PAGE.format(title=html.escape(self._results.territory.name), body=""))
            elif path == "/recherche":
                query = urllib.parse.parse_qs(address.query).get("q", [""])[0]
                self._page(self._search(query))
            elif path.startswith("/fiche/"):
                self._page(self._sheet(path.removeprefix("/fiche/"), address.query))
            elif path.startswith("/heures/"):
                table = hours_csv(hours(self._results, path.removeprefix("/heures/")))
                self._send(200, "text/csv; charset=utf-8", table)
            else:
                self._file(path)
        except CadastreError as error:
            body = html.escape(error_sentence(error))
            self._page(PAGE.format(title="", body=body), status=_status(error))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _search(self, query: str) -> str:
        found = addresses_with(self._results.tables["buildings"], query)
        rows = "".join(
            RESULT.format(
                link=urllib.parse.quote(building_id), address=html.escape(address),
                building=html.escape(building_id),
            )
            for building_id, address in found[:_MOST_RESULTS]
        )  # fmt: skip
        body = search_heading(html.escape(query), len(found), _MOST_RESULTS) + f"<ul>{rows}</ul>"
        return PAGE.format(title=html.escape(self._results.territory.name), body=body)

    def _sheet(self, building_id: str, query: str) -> str:
        asked = urllib.parse.parse_qs(query).get("puissance", [""])[0].strip()
        try:
            chosen = float(asked.replace(",", ".")) if asked else None
        except ValueError:
            chosen = math.nan
        if chosen is not None and not chosen > 0:
            raise InputError("size_not_positive", value=asked)
        return sheet_html(self._results, building_id, chosen)

    def _page(self, content: str, status: int = 200) -> None:
        self._send(status, "text/html; charset=utf-8", content.encode("utf-8"))

    def _file(self, path: str) -> None:
        target = (self._site / path.removeprefix("/carte/").lstrip("/")).resolve()
        if target.is_dir():
            target = target / "index.html"
        if not (path.startswith("/carte/") and target.is_relative_to(self._site)):
            self._page(PAGE.format(title="", body=SENTENCES["absent"]), status=404)
        elif target.is_file():
            kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
            self._send(200, kind, target.read_bytes())
        else:
            self._page(PAGE.format(title="", body=SENTENCES["absent"]), status=404)

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses looked up by advisers are nobody's business."""


def advisers_server(results: Results, host: str, port: int) -> http.server.ThreadingHTTPServer:
    """Return the server, bound and ready to serve.

    Raises
    ------
    InputError
        The port is taken or the host is not of this machine.
    """
    site = publish(results).parent.resolve()
    try:
        return http.server.ThreadingHTTPServer((host, port), partial(_Handler, results, site))
    except (OSError, OverflowError) as error:
        raise InputError("port_taken", host=host, port=port, detail=str(error)) from error
