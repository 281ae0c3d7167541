"""The service without the layers that the variable WITHOUT names, with commas between them."""

import os  # noqa: I001  (the application comes before what needs Django to be prepared)

from scale.wsgi import application

from tests.benchmarks.without import LAYERS, OTHERS

__all__ = ["application"]

for layer in filter(None, os.environ.get("WITHOUT", "").split(",")):
    (LAYERS | OTHERS)[layer]()
