"""Settings of the property tests of this folder."""

from hypothesis import settings

# Without a time limit for each example, which a busy machine exceeds now and then.
settings.register_profile("seed", deadline=None)
settings.load_profile("seed")
