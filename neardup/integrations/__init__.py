"""Bridges to other libraries; each is imported by what needs it."""
