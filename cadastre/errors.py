"""The errors a user can meet: a code and the facts, never a sentence.

The French sentence of every code stands in ``cadastre.publishing.texts_fr.errors``; a test
checks that each code raised in the package has one. Exit status of the command line: 2 for all
of these except :class:`CheckError`, which ends a run that kept its results (1).
"""

from __future__ import annotations

_LONGEST = 160  # characters of what a library says that a sentence can hold


class CadastreError(Exception):
    """Root of all errors of this package.

    Parameters
    ----------
    code
        Identifier of the French sentence, ``snake_case``.
    facts
        Values the sentence needs: file, object, allowed values, repair.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        details = ", ".join(f"{key}={value!r}" for key, value in facts.items())
        super().__init__(f"{code}({details})")

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with the facts."""
        return (_rebuild, (type(self), self.code, self.facts))


def _rebuild(kind: type[CadastreError], code: str, facts: dict[str, object]) -> CadastreError:
    return kind(code, **facts)


class InputError(CadastreError, ValueError):
    """A file or a territory file that cannot be used as it is."""


class ParameterError(CadastreError, ValueError):
    """A parameter that does not exist or lies outside its range."""


class SchemaError(CadastreError, ValueError):
    """A table that is not what the dictionary says, all faults listed."""


class StoreError(CadastreError, OSError):
    """Results on disk that cannot be read, written or locked."""


class FetchError(CadastreError, OSError):
    """A data set that could not be fetched or verified."""


class CheckError(CadastreError, ValueError):
    """Totals that do not add up: blocks publication, loses nothing."""


def first_line(error: BaseException, silent: str | None = None) -> str:
    """Return the beginning of what a library says of its fault, one line at most.

    Parameters
    ----------
    error
        What was caught.
    silent
        What stands for an error that says nothing; None for the name of its type.
    """
    lines = str(error).splitlines() or [type(error).__name__ if silent is None else silent]
    return lines[0][:_LONGEST]
