"""Run the textseq command line from a checkout: `python cli.py --help`."""

from textseq.cli.app import main

if __name__ == "__main__":
    main()
