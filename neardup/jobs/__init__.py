"""Cleaning a corpus that is larger than memory: files in, survivors out, in stages that a killed run goes on with."""
