"""The settings of ``make run`` and of development: everything has a default, and only Python is needed."""

from scale.settings.base import *  # noqa: F403
