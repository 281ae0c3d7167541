"""Registers the workspaces app."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "workspaces"
