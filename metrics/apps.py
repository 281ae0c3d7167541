"""The app of numbers over time."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"
