"""textseq: text into numbers and numbers into labels, one visible stage at a time."""
