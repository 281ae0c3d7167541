"""Columns, append-only rows and triggers that several apps use."""
