"""The Glue job that loads the warehouse from extractor manifests; README.md lists its arguments."""

import sys

from penstock_load.job import main

if __name__ == "__main__":
    main(sys.argv)
