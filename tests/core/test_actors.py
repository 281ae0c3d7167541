"""Who acts: set at each entry point, and asked for where a change is recorded."""

from contextvars import Context

import pytest

from core.actors import Actor, Source, acting, current_actor
from workspaces.models import Workspace
from workspaces.services import create_workspace


def test_the_innermost_actor_acts_and_the_outer_one_again_after_it() -> None:
    outer, inner = Actor("outer", Source.API), Actor("inner", Source.COMMAND)
    with acting(outer):
        with acting(inner):
            assert current_actor() is inner
        assert current_actor() is outer


@pytest.mark.django_db
def test_where_nobody_acts_nothing_is_written() -> None:
    # A context of its own is one that no entry point has set an actor in.
    with pytest.raises(LookupError, match="Nobody acts here"):
        Context().run(create_workspace, name="raw", fields={})
    assert not Workspace.objects.exists()
