"""Reads of errors: the columns that an answer shows of one, wherever it is part of the answer."""

from errors.models import Error

COLUMNS = tuple(field.name for field in Error._meta.fields)
