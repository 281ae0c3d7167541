"""Append-only revisions of job types and recipe types; see tests/core/models/test_append_only.py."""

from typing import Any

import pytest

from core.models.append_only import AppendOnlyError
from job_types.models import JobTypeRevision
from recipes.models import RecipeTypeRevision
from tests.append_only import append_only_models
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe


@pytest.mark.django_db
@pytest.mark.parametrize("model", [JobTypeRevision, RecipeTypeRevision])
def test_revisions_are_append_only(model: Any) -> None:
    assert model in append_only_models()
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    before = list(model.objects.values())
    for change in (
        lambda: model.objects.update(revision_num=2),
        model.objects.all().delete,
        model.objects.get().save,
    ):
        with pytest.raises(AppendOnlyError):
            change()
    assert list(model.objects.values()) == before
