"""Cleaning a corpus that is larger than memory: its files in, the survivors out, in stages that a killed run goes on with."""
