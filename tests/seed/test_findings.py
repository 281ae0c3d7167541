"""Findings, reports and JSON Pointers in the shape of the API."""

import pytest

from seed import Finding, Report, json_pointer


def test_a_report_is_shown_in_the_shape_of_the_api():
    report = Report(errors=(Finding("A", "first", "/a"),), warnings=(Finding("B", "second"),))
    assert report.as_dict() == {
        "is_valid": False,
        "errors": [{"name": "A", "description": "first", "path": "/a"}],
        "warnings": [{"name": "B", "description": "second", "path": ""}],
    }


def test_warnings_leave_a_report_valid():
    assert Report(warnings=(Finding("A", "first"),)).is_valid
    assert Report().as_dict() == {"is_valid": True, "errors": [], "warnings": []}


def test_reports_add_up():
    a, b, c = (Finding(name, "text") for name in "ABC")
    assert Report((a,), (b,)) + Report((c,), (c,)) == Report((a, c), (b, c))


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [((), ""), (("job", "errors", 0, "name"), "/job/errors/0/name"), (("a/b", "m~n", ""), "/a~1b/m~0n/")],
)
def test_pointers_escape_as_rfc_6901_says(parts, pointer):
    assert json_pointer(parts) == pointer
