"""The settings: ``base`` reads the environment; ``embedded`` has defaults for all of it, ``production`` few."""
