"""Reads of errors: the columns that an answer shows of one, wherever it is part of the answer."""

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
