"""`python -m photochrom` is the same as the command `photochrom`."""

import sys

from photochrom.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
