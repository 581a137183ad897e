"""What one text prints more than once: found, counted as a body, taken out."""
