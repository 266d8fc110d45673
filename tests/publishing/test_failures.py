"""Traces as Python writes them, and the sentence the reader gets."""

from __future__ import annotations

import traceback
from concurrent.futures import ProcessPoolExecutor

import pytest

from cadastre.errors import InputError, StoreError
from cadastre.publishing.texts_fr.failures import cause_sentence, causes, names

_FACTS = {
    "kind": "mns",
    "file": "l'île (2).tif",
    "detail": "Read failed. See previous exception for details.",
}
_SENTENCE = (
    "l'île (2).tif (mns) est illisible ou tronqué. Téléchargez-le de nouveau. (Détail : "
    "lecture interrompue)"
)


def _fail(code: str) -> None:
    try:
        raise OSError("GDAL\nin two lines")
    except OSError as error:
        raise InputError(code, **_FACTS) from error


def _trace(call, *values) -> str:
    try:
        call(*values)
    except Exception as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError


def test_an_error_of_the_package_is_said_in_its_own_sentence():
    assert cause_sentence(_trace(_fail, "raster_unreadable")) == _SENTENCE


def test_an_error_that_crossed_a_process_too():
    """The trace then holds another one between quotes, that of the worker."""
    with ProcessPoolExecutor(1) as pool:
        trace = _trace(pool.submit(_fail, "raster_unreadable").result)
    assert "RemoteTraceback" in trace
    assert cause_sentence(trace) == _SENTENCE


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            StoreError("store_write", file="x", detail="[Errno 28] No space left on device"),
            "place",
        ),
        (OSError(28, "No space left on device"), "OSError : [Errno 28] plus de place"),
        (ValueError("first line\nTraceback of nothing"), "ValueError : first line"),
        (MemoryError(), "MemoryError"),
        (KeyError("unknown(file='x')"), "KeyError : \"unknown(file='x')\""),
        (InputError("no_such_code", file="x"), "InputError : no_such_code(file='x')"),
    ],
)
def test_other_errors_keep_the_line_that_names_them(raised, told):
    def call():
        raise raised

    assert told in cause_sentence(_trace(call))


def test_a_dead_worker_is_said_in_french():
    assert "mémoire" in cause_sentence("worker died")
    assert cause_sentence("") == ""


def test_tiles_are_grouped_by_cause_the_most_frequent_first():
    bad = _trace(_fail, "raster_unreadable")
    groups = causes({"c": bad, "a": bad, "b": "worker died"})
    assert [tiles for _, tiles in groups] == [["a", "c"], ["b"]]
    assert names([str(n) for n in range(25)]).endswith("19 et 5 autres")
