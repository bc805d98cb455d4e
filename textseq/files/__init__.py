"""Files that are whole or absent, and files that are not trusted.

paths.py         whether an output can be written; sizes and SHA-256
partial.py       the hidden, locked folder of an output or of temporary files
part_files.py    what is a part in a folder of part files, and in what order they come
atomic.py        write a file or folder beside its place and rename it when it is whole
safe_load.py     read a file that may be damaged, without unpickling or allocating what it claims
file_types.py    what a file holds, by its content
checkpoints.py   continue a training only with the settings and data it was started with
"""
