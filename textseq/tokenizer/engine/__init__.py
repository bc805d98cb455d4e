"""The compiled part of the tokenizer: bytes of text to counts and ids, on all processors.

primitives.py     array types, machine instructions, hashes of words
case_folding.py   which characters separate words, and how letters are lower-cased
splitting.py      where words begin and end
word_table.py     a hash table of words
kernels.py        the loops over documents: count, and encode
vocabulary.py     words with their counts, as Python sees them
counting.py       counting a corpus on several threads
word_ids.py       ids by falling frequency, and encoding a corpus
"""
