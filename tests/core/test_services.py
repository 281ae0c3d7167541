"""What services return and raise: refusals with their reports, and the check of fields that cannot be changed."""

from types import SimpleNamespace

import pytest

from core.services import Refused, check_shown, require_valid
from seed import Finding, Report

ONE = Finding("INVALID_FIELD", "name: must be a string.", "/name")
TWO = Finding("MISSING_FIELD", "title: is required.")
REASONS = {"name": "it is that of the manifest", "id": ""}
NOW, NEXT = SimpleNamespace(id=7, name="old"), SimpleNamespace(id=7, name="new")


def test_the_message_of_a_refusal_holds_every_error_and_no_warning() -> None:
    report = Report(errors=(ONE, TWO), warnings=(Finding("UNKNOWN", "a warning."),))
    refused = Refused(report)
    assert str(refused) == "name: must be a string. title: is required."
    assert refused.report is report


def test_a_refusal_for_a_single_reason_has_a_report_of_one_finding() -> None:
    refused = Refused.because("INVALID_FIELD", "name: must be a string.", "/name")
    assert (refused.report, str(refused)) == (Report(errors=(ONE,)), "name: must be a string.")
    assert Refused.because("TAKEN", "It is taken.").report == Report(errors=(Finding("TAKEN", "It is taken.", ""),))


def test_a_report_without_errors_is_returned_with_its_warnings() -> None:
    report = Report(warnings=(ONE,))
    assert require_valid(report) is report


def test_a_report_with_an_error_is_refused_whole() -> None:
    report = Report(errors=(ONE,), warnings=(TWO,))
    with pytest.raises(Refused) as refused:
        require_valid(report)
    assert refused.value.report is report


@pytest.mark.parametrize("shown", [{}, {"id": 7}, {"name": "old"}, {"name": "new", "id": 7}, {"colour": "red"}])
def test_a_field_may_be_sent_back_as_it_is_or_as_it_would_be(shown: dict[str, object]) -> None:
    assert check_shown(shown, REASONS, NOW, NEXT) == Report()


def test_each_field_sent_with_another_value_is_an_error_with_its_reason_in_the_order_of_the_reasons() -> None:
    assert check_shown({"id": 8, "name": "other"}, REASONS, NOW, NEXT).errors == (
        Finding("READ_ONLY_FIELD", "name: cannot be set to another value; it is that of the manifest.", "/name"),
        Finding("READ_ONLY_FIELD", "id: cannot be set to another value.", "/id"),
    )


@pytest.mark.parametrize("value", ["7", None, 7.5, [7], {"id": 7}])
def test_a_value_of_another_type_is_another_value(value: object) -> None:
    assert [error.path for error in check_shown({"id": value}, REASONS, NOW).errors] == ["/id"]


def test_a_state_that_does_not_exist_is_no_value_to_send_back() -> None:
    """A document at fault gives no state to compare with: None stands in its place."""
    assert check_shown({"name": "old"}, REASONS, NOW, None).is_valid
    assert not check_shown({"name": "new"}, REASONS, NOW, None).is_valid
