"""The models of the service and of the apps that it uses."""

from django.apps import apps
from django.db.models import Model


def models_of(*labels: str) -> list[type[Model]]:
    """Return all models of the apps with these labels, tables of links included; without labels, of all apps."""
    return [
        model
        for app in apps.get_app_configs()
        if not labels or app.label in labels
        for model in app.models.values()
    ]
