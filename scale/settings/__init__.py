"""The settings: ``environment`` reads what operators set, ``embedded`` and ``production`` say what follows."""
