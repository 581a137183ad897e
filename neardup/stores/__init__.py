"""Stores: where an index keeps its documents. They know bytes and integers; what those mean, the index knows."""
