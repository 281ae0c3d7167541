"""The service without the layer that the variable WITHOUT names."""

import os  # noqa: I001  (the application comes before what needs Django to be prepared)

from scale.wsgi import application

from tests.benchmarks.without import LAYERS, OTHERS

__all__ = ["application"]

if layer := os.environ.get("WITHOUT"):
    (LAYERS | OTHERS)[layer]()
