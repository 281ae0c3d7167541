"""Queues that people would pick instead, beside ours: a module each, with the interface in ``peer.py``."""
