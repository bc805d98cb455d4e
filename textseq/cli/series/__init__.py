"""`textseq series`: forecasts of time series."""
