"""The programs ``seed`` and ``scale``, and the SDK: what talks to the service over HTTP, without Django."""
