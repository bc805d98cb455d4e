"""`textseq vectors`: look into word vectors."""
