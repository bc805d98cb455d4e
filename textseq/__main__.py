"""Run the command line: `python -m textseq --help`."""

from textseq.cli.app import main

if __name__ == "__main__":
    main()
