"""The settings of `make run` and of development: everything has a default, nothing but Python is needed."""

from scale.settings.base import *  # noqa: F403
