"""What the rooms above share: compiled loops, threads, settings, names that load on first use.

compiled.py   a loop as machine code, kept on disk for the next process
threads.py    how many threads there are, and a map over them that keeps the order
settings.py   a setting declared once: default, range and help
lazy.py       packages whose public names load on first use
interrupts.py Ctrl-C that waits until compiled code can be left
compiling.py  Ctrl-C that waits until a loop is compiled
"""
