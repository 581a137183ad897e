"""Paragraphs that several documents have."""
