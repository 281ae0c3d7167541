"""Who may edit which job types, beyond the permission to change job types."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import PermissionDenied

from core.rights import described
from job_types.models import JobType

SYSTEM_RIGHT = "job_types.pause_system_jobtype"


def require_right_to_edit(account: AbstractBaseUser | AnonymousUser, *, name: str, version: str) -> None:
    """Raise PermissionDenied for a system job type, unless ``account`` may pause and resume those.

    They can be told apart only by their row, which accounts with that right need not wait for.
    """
    system_job_types = JobType.objects.with_key(name=name, version=version).filter(is_system=True)
    if not account.has_perm(SYSTEM_RIGHT) and system_job_types.exists():  # type: ignore[union-attr]
        sentence = f"{name} {version} is a system job type. To edit it needs {described(SYSTEM_RIGHT)}."
        raise PermissionDenied(sentence)
