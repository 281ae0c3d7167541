"""Errors in the admin, read-only there: they come with the release and from manifests."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from errors.models import Error


@admin.register(Error)
class ErrorAdmin(ReadOnlyAdmin):
    list_display = ["name", "title", "job_type_name", "category", "is_builtin", "should_be_retried"]
    list_filter = ["category", "is_builtin", "should_be_retried"]
    search_fields = ["name", "title", "job_type_name"]
    search_help_text = "Searches names, titles and the names of job types."
    ordering = ["job_type_name", "name"]
