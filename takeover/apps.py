"""The app that takes over a live Scale."""

from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    name = "takeover"
