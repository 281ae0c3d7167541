"""Registers the pages as an app, for their templates, tags and static files."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "pages"
