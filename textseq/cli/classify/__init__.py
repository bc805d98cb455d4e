"""`textseq classify`: train, evaluate, use and explain a sentence classifier."""
