"""Why tiles failed, in French: from the trace that the report keeps to one sentence a cause."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from cadastre.errors import CadastreError
from cadastre.publishing.texts_fr.details import french_detail
from cadastre.publishing.texts_fr.errors import SENTENCES, error_sentence

_RAISED = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?:: (?P<said>.*))?$")
_WORKER_DIED = "un processus de calcul s'est arrêté net (mémoire insuffisante, arrêt forcé)"
_TOLD = 20  # tiles named for one cause; the others are in rapport.json


def cause_sentence(trace: str) -> str:
    r"""Return the French sentence of the error that ends a trace, else its last line.

    >>> cause_sentence("Traceback (most recent call last):\nValueError: too big")
    'ValueError : too big'
    """
    raised = _raised(trace)
    known = _own_error(raised)
    if known is not None:
        return error_sentence(known)
    found = _RAISED.match(raised)
    if found is None:
        return french_detail(_WORKER_DIED if raised == "worker died" else raised)
    kind = found["kind"].rpartition(".")[2]
    return f"{kind} : {french_detail(found['said'])}" if found["said"] else kind


def causes(failed: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Group pieces of work by the sentence of what stopped them: most frequent cause first."""
    groups: dict[str, list[str]] = {}
    for name in sorted(failed):
        groups.setdefault(cause_sentence(failed[name]), []).append(name)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def names(tiles: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = f" et {len(tiles) - _TOLD} autres" if len(tiles) > _TOLD else ""
    return ", ".join(tiles[:_TOLD]) + more


def _raised(trace: str) -> str:
    """Return the line that names the error: the first one after the frames of the last trace."""
    lines = trace.strip().splitlines() or [""]
    starts = [at for at, line in enumerate(lines) if line.startswith("Traceback (most recent")]
    for line in lines[starts[-1] + 1 :] if starts else ():
        if line and not line[0].isspace():
            return line
    return lines[-1]


def _own_error(raised: str) -> CadastreError | None:
    """Return the error of this package that a line names: ``InputError: code(fact='...')``."""
    try:
        call = ast.parse(raised.partition(": ")[2].strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        facts = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        error = CadastreError(call.func.id, **facts)
        if error.code not in SENTENCES:
            return None
        error_sentence(error)
    except (SyntaxError, ValueError, KeyError, IndexError, TypeError):
        return None
    return error
