"""`python -m fengshou`: the same program as `./bank` and `fengshou`."""

import sys

from fengshou.runtime.cli import main

if __name__ == "__main__":
    sys.exit(main())
