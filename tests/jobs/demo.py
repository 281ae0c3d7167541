"""The demo, loaded as ``make demo`` does."""

from io import StringIO

from django.core.management import call_command


def load() -> str:
    """Do what ``bootstrap`` does, run the command, and return what it prints."""
    call_command("load_builtin_errors", stdout=StringIO())
    call_command("seed_system_job_types", stdout=StringIO())
    output = StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()
