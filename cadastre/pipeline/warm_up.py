"""Compile the kernels once, at installation: the first real run then computes at full speed.

``python -m cadastre.pipeline.warm_up`` runs the chain on a few imaginary houses and forgets them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from cadastre.demo.quarter import generate_quarter
from cadastre.parameters.demo import Demo
from cadastre.pipeline.foreman import Options
from cadastre.pipeline.progress import Reporter
from cadastre.pipeline.run import compute
from cadastre.pipeline.territory import read_territory

_SIDE_M = 160.0
_ONE_YEAR = "\n[parametres.climate]\nyear_count = 1\n"


class _Quiet(Reporter):
    """Says nothing: what is computed here is of no interest."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage."""

    def advance(self, steps: int = 1) -> None:
        """Count steps."""


def warm_up() -> None:
    """Run every stage once on a small quarter, in this process."""
    with tempfile.TemporaryDirectory(prefix="cadastre-") as folder:
        config = generate_quarter(Path(folder), Demo(width_m=_SIDE_M, height_m=_SIDE_M))
        config.write_text(config.read_text(encoding="utf-8") + _ONE_YEAR, encoding="utf-8")
        compute(read_territory(config), Options(process_count=1), _Quiet())


if __name__ == "__main__":
    warm_up()
