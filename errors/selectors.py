"""Reads of errors: what is shown of one, wherever it is named."""

COLUMNS = (
    "id",
    "name",
    "title",
    "description",
    "job_type_name",
    "category",
    "is_builtin",
    "should_be_retried",
    "created",
    "last_modified",
)
