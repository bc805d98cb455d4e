"""A reader for each format: bytes to rows of text and label, as Arrow record batches.

reader.py      `Options`, how to read as the caller asked, and `Reader`, the base class of all
line_parts.py  parts of a file of lines
lines.py       plain text and fastText's `__label__` lines
delimited.py   CSV and TSV
  table_head.py  what their first rows show: delimiter, header, columns
  records.py     cuts them into blocks of whole records
jsonlines.py   JSON lines
json_documents.py  a JSON document that holds all rows
parquet.py     Parquet
folders.py     a folder of text files for each label
"""
