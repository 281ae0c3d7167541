"""Keeps the groups of ``core.rights``: after each migration they exist and hold what they should."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present_apps
from django.contrib.auth.management import create_permissions

from core.rights import GROUPS


def keep_groups(app_config: AppConfig, using: str, apps: Any = present_apps, **kwargs: Any) -> None:
    """Give each group the permissions of the app that was migrated: a receiver of ``post_migrate``.

    Nothing is taken from a group: what an operator added to it stays.
    """
    wanted = {
        (group, permission.partition(".")[2])
        for group, permissions in GROUPS.items()
        for permission in permissions
        if permission.startswith(f"{app_config.label}.")
    }
    if not wanted:
        return
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return  # The database was migrated to a state without accounts.
    # Django makes the permissions in another receiver, which may come after this one.
    create_permissions(app_config, using=using, apps=apps, **kwargs)
    groups.bulk_create([groups.model(name=name) for name in GROUPS], ignore_conflicts=True)
    group_ids = dict(groups.filter(name__in=GROUPS).values_list("name", "pk"))
    codenames = {codename for _, codename in wanted}
    found = permissions.filter(content_type__app_label=app_config.label, codename__in=codenames)
    permission_ids = dict(found.values_list("codename", "pk"))
    links = groups.model.permissions.through
    links.objects.using(using).bulk_create(
        [
            links(group_id=group_ids[group], permission_id=permission_ids[codename])
            for group, codename in wanted
            if codename in permission_ids
        ],
        ignore_conflicts=True,
    )
