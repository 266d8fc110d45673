"""``python -m cadastre`` is the console script."""

import sys

from cadastre.cli import main

if __name__ == "__main__":
    sys.exit(main())
