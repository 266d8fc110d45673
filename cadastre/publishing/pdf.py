"""A page printed to PDF by the machine's browser: on paper the sheet is that of the screen."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from cadastre.errors import InputError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-pdf-header-footer",
)  # fmt: skip
_LIMIT_S = 60


def print_pdf(content: str, target: Path) -> None:
    """Print a self-contained HTML page to ``target``.

    Raises
    ------
    InputError
        No Chromium on this machine, or it did not print.
    """
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise InputError("pdf_without_browser", file=str(target))
    with tempfile.TemporaryDirectory(prefix="cadastre-") as folder:
        page = Path(folder) / "fiche.html"
        page.write_text(content, encoding="utf-8")
        command = [
            browser, *_FLAGS, f"--user-data-dir={folder}/profil",
            f"--print-to-pdf={target.resolve()}", page.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise InputError("pdf_failed", file=str(target), detail="60 s") from error
    if done.returncode != 0 or not target.is_file():
        detail = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["?"]
        raise InputError("pdf_failed", file=str(target), detail=detail[0])
