"""What the rooms above compute with: loops compiled by Numba, and work on several threads.

compiled.py   a loop as machine code, kept on disk for the next process
threads.py    how many threads there are, and a map over them that keeps the order
"""
