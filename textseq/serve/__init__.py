"""Trained classifiers behind an HTTP service."""
