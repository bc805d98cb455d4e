"""`textseq tag`: train, evaluate, use and explain a tagger of words."""
