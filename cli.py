"""Run the textseq command line from a checkout: `python cli.py --help`."""

from textseq.__main__ import main

if __name__ == "__main__":
    main()
