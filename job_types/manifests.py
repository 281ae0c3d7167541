"""The manifests of revisions, read once: a revision never changes."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from core.reads.cache import UNCHANGING, RevisionCache
from job_types.models import JobTypeRevision
from seed import Manifest

# How many bytes of manifests a process keeps. In memory they take several times as much.
_MOST_BYTES = 4 * 2**20

# The id of a revision, and when it was made: where a backup is restored below a running service, ids come again.
_Key = tuple[int, datetime]


class ReadManifest(NamedTuple):
    """A manifest as it was sent, and as it is read."""

    document: dict[str, Any]
    manifest: Manifest


def manifests_of(revisions: Mapping[int, datetime]) -> dict[int, ReadManifest]:
    """Return the manifests of revisions (id -> ``created``) by id: no query if all were read before, else one."""
    return {pk: one for (pk, _), one in _cache.at(UNCHANGING, tuple(revisions.items())).items()}


def _fetch(keys: Collection[_Key]) -> Iterator[tuple[_Key, ReadManifest]]:
    found = JobTypeRevision.objects.filter(pk__in=[pk for pk, _ in keys])
    for pk, created, document in found.values_list("pk", "created", "manifest"):
        yield (pk, created), ReadManifest(document, Manifest.read(document))


_cache = RevisionCache(_fetch, size=lambda read: len(json.dumps(read.document)), most=_MOST_BYTES)
