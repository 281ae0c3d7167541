"""The commands ``seed`` and ``scale``."""
