"""The client against RFC 9110: retries, Retry-After, ranges, truncated and slow answers."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import pytest

from cadastre.errors import FetchError, InputError
from cadastre.sources.catalogue import read_catalogue, service_overrides
from cadastre.sources.download_checks import check_file
from cadastre.sources.download_expected import Expectation
from cadastre.sources.download_http import Client
from cadastre.sources.download_replies import retry_after_s
from tests.sources.local_client import client, quick
from tests.sources.local_services import LocalServices

BAN = "https://adresse.data.gouv.fr/data/ban/adresses/latest/csv/adresses-62.csv.gz"
BIG = "https://adresse.data.gouv.fr/data/ban/adresses/gros.bin"
WFS = (
    "https://data.geopf.fr/wfs/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature"
    "&TYPENAMES=BDTOPO_V3:batiment&COUNT=5&STARTINDEX=0"
)


@pytest.fixture
def services(services: LocalServices) -> LocalServices:
    services.files["/ban/gros.bin"] = bytes(range(256)) * 800
    return services


def whatever(_: Path) -> None:
    """Accept any content."""


def gz(path: Path) -> None:
    """Accept a whole gzip table."""
    check_file(path, Expectation("csv.gz", columns=("id",)))


@pytest.mark.parametrize("kind", ["truncate", "reset", "page", "exception"])
def test_a_passing_fault_is_tried_again(
    services: LocalServices, tmp_path: Path, kind: str
) -> None:
    services.lay("adresses-62", kind, times=2)
    target = tmp_path / "a.csv.gz"
    received = client(services.override).get_file("ban", BAN, target, gz)
    assert target.read_bytes() == services.files["/ban/latest/csv/adresses-62.csv.gz"]
    assert received.attempts == 3
    assert services.count("adresses-62") == 3


@pytest.mark.parametrize(
    ("status", "tries"), [(503, 4), (429, 4), (500, 4), (529, 4), (404, 1), (403, 1), (410, 1)]
)
def test_only_passing_status_codes_are_tried_again(
    services: LocalServices, tmp_path: Path, status: int, tries: int
) -> None:
    # RFC 9110 section 15: 404, 403 and 410 say that another try is useless.
    services.lay("adresses-62", "status", status=status, times=99)
    with pytest.raises(FetchError) as caught:
        client(services.override).get_file("ban", BAN, tmp_path / "a.gz", gz)
    assert (caught.value.code, caught.value.facts["status"]) == ("fetch_status", status)
    assert services.count("adresses-62") == tries
    assert not (tmp_path / "a.gz").exists()


def test_retry_after_stops_the_whole_service(services: LocalServices) -> None:
    # The Géoplateforme blocks an address for the seconds it says: nobody may ask meanwhile.
    services.lay("STARTINDEX=0", "status", status=429, retry_after="1", times=1)
    asking = client(services.override, backoff_first_s=0.0)
    started = time.monotonic()
    assert len(asking.get_json("geopf_wfs", WFS)["features"]) == 5
    first = time.monotonic() - started
    assert first >= 1.0
    assert first < 2.0
    services.lay("STARTINDEX=0", "status", status=503, retry_after="1", times=1)
    ends: list[float] = []

    def ask(wait: float) -> None:
        time.sleep(wait)
        asking.get_json("geopf_wfs", WFS)
        ends.append(time.monotonic())

    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(wait,)) for wait in (0.0, 0.3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(ends) - started >= 1.0  # the second, begun 0.3 s later, waited as well


def test_a_wait_too_long_is_refused(services: LocalServices) -> None:
    services.lay("STARTINDEX", "status", status=503, retry_after="3600", times=9)
    with pytest.raises(FetchError, match="fetch_status"):
        client(services.override).get_json("geopf_wfs", WFS)
    assert services.count() == 1


def test_retry_after_reads_seconds_and_dates() -> None:
    # The two forms of RFC 9110 section 10.2.3, with its own example date.
    headers = Message()
    assert retry_after_s(headers) == 0.0
    headers["Retry-After"] = "120"
    assert retry_after_s(headers) == 120.0
    del headers["Retry-After"]
    headers["Retry-After"] = "Fri, 31 Dec 1999 23:59:59 GMT"
    now = datetime(1999, 12, 31, 23, 59, 0, tzinfo=UTC)
    assert retry_after_s(headers, now) == 59.0
    del headers["Retry-After"]
    headers["Retry-After"] = "tout à l'heure"
    assert retry_after_s(headers) == 0.0


def test_backoff_doubles_within_its_jitter() -> None:
    asking = Client(read_catalogue(None, {}), quick(backoff_first_s=1.0, backoff_max_s=60.0))
    for attempt in range(1, 8):
        bare = min(2.0 ** (attempt - 1), 60.0)
        assert bare <= asking.backoff_s(attempt) <= 1.25 * bare


def test_a_cut_file_is_continued_where_it_stopped(services: LocalServices, tmp_path: Path) -> None:
    whole = services.files["/ban/gros.bin"]
    services.lay("gros", "truncate", times=1)
    client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert (tmp_path / "g").read_bytes() == whole
    (_, first), (_, second) = services.requests
    assert "Range" not in first
    assert second["Range"] == f"bytes={len(whole) // 2}-"
    assert second["If-Range"].startswith('"')


def test_a_part_left_by_another_day_is_continued(services: LocalServices, tmp_path: Path) -> None:
    services.lay("gros", "truncate", times=9)
    with pytest.raises(FetchError, match="fetch_truncated"):
        client(services.override, attempts=1).get_file("ban", BIG, tmp_path / "g", whatever)
    assert (tmp_path / "g.partiel").exists()
    services.faults.clear()
    received = client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert received.resumed_bytes == len(services.files["/ban/gros.bin"]) // 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g", "served"]


def test_a_file_that_changed_meanwhile_is_restarted(
    services: LocalServices, tmp_path: Path
) -> None:
    # If-Range (RFC 9110, 13.1.5): another entity tag gives the whole new file, never a mixture.
    services.lay("gros", "truncate", times=1)
    with pytest.raises(FetchError):
        client(services.override, attempts=1).get_file("ban", BIG, tmp_path / "g", whatever)
    services.files["/ban/gros.bin"] = b"nouveau" * 40_000
    client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert (tmp_path / "g").read_bytes() == b"nouveau" * 40_000


def test_a_server_without_ranges_is_asked_again(services: LocalServices, tmp_path: Path) -> None:
    services.ranges = False
    services.lay("gros", "truncate", times=1)
    client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert (tmp_path / "g").read_bytes() == services.files["/ban/gros.bin"]


def test_a_part_already_whole_is_not_asked_again(services: LocalServices, tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise KeyboardInterrupt  # the machine stops between the last byte and the renaming

    with pytest.raises(KeyboardInterrupt):
        client(services.override).get_file("ban", BIG, tmp_path / "g", refuse)
    client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert services.count("gros") == 1
    assert (tmp_path / "g").read_bytes() == services.files["/ban/gros.bin"]


def test_a_part_longer_than_the_file_is_thrown_away(
    services: LocalServices, tmp_path: Path
) -> None:
    services.lay("gros", "truncate", times=1)
    with pytest.raises(FetchError):
        client(services.override, attempts=1).get_file("ban", BIG, tmp_path / "g", whatever)
    with (tmp_path / "g.partiel").open("ab") as part:
        part.write(b"x" * 400_000)
    client(services.override).get_file("ban", BIG, tmp_path / "g", whatever)
    assert (tmp_path / "g").read_bytes() == services.files["/ban/gros.bin"]


def test_silence_and_drips_are_abandoned(services: LocalServices, tmp_path: Path) -> None:
    services.lay("adresses-62", "silent", times=1, seconds=0.6)
    asking = client(services.override, timeout_s=0.2)
    asking.get_file("ban", BAN, tmp_path / "a.gz", gz)
    assert services.count("adresses-62") == 2
    services.lay("gros", "drip", times=1)
    asking = client(services.override, slow_window_s=0.2, slow_limit_b_per_s=5000.0, attempts=1)
    with pytest.raises(FetchError, match="fetch_slow"):
        asking.get_file("ban", BIG, tmp_path / "g", whatever)


def test_no_more_than_so_many_at_once_nor_faster_than_said(services: LocalServices) -> None:
    # 10 requests at 50 a second cannot start in less than 9 x 20 ms.
    asking = client(services.override, default_rate_per_s=50.0, connections=2)
    started = time.monotonic()
    threads = [
        threading.Thread(target=asking.get_json, args=("geopf_wfs", WFS)) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 9 * 0.02


def test_the_published_limit_is_never_reached() -> None:
    found = read_catalogue(None, {})
    asking = Client(found, quick(rate_share=0.25))
    for name, service in found.services.items():
        if service.requests_per_second is not None:
            pause = asking._gates[name].pause_s
            assert pause == pytest.approx(4.0 / service.requests_per_second)


def test_a_full_disk_is_said_before_it_is_full(services: LocalServices, tmp_path: Path) -> None:
    asking = client(services.override, free_space_margin_gb=1000.0)
    with pytest.raises(FetchError, match="fetch_disk_full"):
        asking.get_file("ban", BIG, tmp_path / "g", whatever)
    assert services.count() == 1


def test_addresses_of_no_listed_service_are_not_followed(
    services: LocalServices, tmp_path: Path
) -> None:
    asking = client(services.override)
    for foreign in ("https://exemple.org/x.laz", "https://data.geopf.fr.exemple.org/wfs/ows"):
        with pytest.raises(FetchError, match="fetch_foreign_address"):
            asking.get_file("ban", foreign, tmp_path / "x", whatever)
    assert services.count() == 0


def test_service_addresses_are_overridden_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADASTRE_SERVICES", "pvgis=http://miroir/pv ; *=http://ici:1")
    found = read_catalogue()
    assert found.services["pvgis"].base == "http://miroir/pv"
    assert found.services["ban"].base == "http://ici:1/ban"
    assert found.reach(BAN) == "http://ici:1/ban/latest/csv/adresses-62.csv.gz"
    with pytest.raises(InputError, match="service_override_malformed"):
        service_overrides("pvgis")
    with pytest.raises(InputError, match="service_unknown"):
        read_catalogue(None, {"inconnu": "http://ici"})
