"""What is found in the definition of a recipe type, and what it would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.marks import Mark, marks
from core.services import Refused
from recipes.models import RecipeType
from recipes.selectors import interfaces_of
from seed import (
    Finding,
    RecipeReference,
    Reference,
    Report,
    check_definition,
    complete_definition,
    difference,
    json_pointer,
    nodes_of,
    references_of,
)


@dataclass(frozen=True, slots=True)
class CheckedDefinition:
    """A definition as it is to be stored, with its findings.

    ``diff`` is what it changes of the current definition, in the form of ``seed.difference``; it is empty if there
    is none, or if there are errors.
    """

    document: Any
    report: Report
    diff: dict[str, Any] = field(default_factory=dict)


def check(
    definition: Any, *, name: str | None = None, current: Mapping[str, Any] | None = None
) -> CheckedDefinition:
    """Check any JSON value as the definition of a recipe type, which is called ``name`` if it has a name already.

    ``current`` is its definition now. If that is what was sent, it stays as it is, and its errors are warnings.
    """
    references = references_of(definition)
    try:
        report = check_definition(definition, interfaces_of(references))
    except Refused as refused:
        report = refused.report
    if name is not None and report.is_valid:
        report += Report.of(errors=_circles(definition, references, name))
    stored = None if current is None else complete_definition(current)
    if stored is not None and stored == definition:
        report = report.as_warnings()
    if not report.is_valid:
        return CheckedDefinition(definition, report)
    document = complete_definition(definition)
    diff = difference(stored, document) if stored else {}
    # What was stored before definitions were completed stays as it is, too.
    return CheckedDefinition(current if stored == document else document, report, diff)


def find_marks(definition: Any, *, name: str) -> list[Mark]:
    """Return the marks of a recipe type that is stored as it came: why its definition would be refused today."""
    return marks(Report(), definition=check(definition, name=name).report)


def _circles(definition: Mapping[str, Any], references: frozenset[Reference], name: str) -> Iterator[Finding]:
    """Yield an error for each node that runs the recipe type with a name, or one that contains it."""
    inner = {reference.name for reference in references if isinstance(reference, RecipeReference)}
    containing = RecipeType.objects.filter(pk__in=RecipeType.objects.filter(name=name).with_containers())
    circular = inner & ({name} | set(containing.values_list("name", flat=True)))
    for node in nodes_of(definition) if circular else ():
        if isinstance(node.runs, RecipeReference) and node.runs.name in circular:
            yield Finding(
                "CIRCULAR_RECIPE",
                f"node '{node.name}': the recipe type {node.runs.name} is or contains {name} itself",
                json_pointer(("nodes", node.name, "node_type", "recipe_type_name")),
            )
