"""Keeps the groups of ``core.rights``: after each migration they exist and hold what they should."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections

from core.rights import GROUPS


def keep_groups(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Give each group the permissions of the app that was migrated: a receiver of ``post_migrate``.

    Nothing is taken from a group: what an operator added to it stays.
    """
    wanted = {
        (group, permission.partition(".")[2])
        for group, permissions in GROUPS.items()
        for permission in permissions
        if permission.startswith(f"{app_config.label}.")
    }
    # A database can be migrated to a state without accounts.
    if not wanted or Group._meta.db_table not in connections[using].introspection.table_names():
        return
    # Django makes the permissions in another receiver, which may come after this one.
    create_permissions(app_config, using=using, **kwargs)
    groups, permissions = Group.objects.using(using), Permission.objects.using(using)
    groups.bulk_create([Group(name=name) for name in GROUPS], ignore_conflicts=True)
    group_ids = dict(groups.filter(name__in=GROUPS).values_list("name", "pk"))
    codenames = {codename for _, codename in wanted}
    found = permissions.filter(content_type__app_label=app_config.label, codename__in=codenames)
    permission_ids = dict(found.values_list("codename", "pk"))
    links = Group.permissions.through
    links.objects.using(using).bulk_create(
        [
            links(group_id=group_ids[group], permission_id=permission_ids[codename])
            for group, codename in wanted
            if codename in permission_ids
        ],
        ignore_conflicts=True,
    )
