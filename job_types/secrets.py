"""The secret settings of job types: stored encrypted, read only to run a job, never shown."""

from collections.abc import Collection, Iterable, Mapping

from core.encryption import EncryptionError, decrypt, encrypt, rotate_rows
from job_types.models import JobType, JobTypeSecret
from workspaces.models import WorkspaceSecret


def store_secrets(
    job_type: JobType,
    *,
    declared: Collection[str],
    sent: Mapping[str, str | None],
    stored: Iterable[JobTypeSecret] | None = None,
) -> set[str]:
    """Store the secrets of a job type that were sent. Return the names of those that were written.

    The row of the job type has to be written in the same transaction, even if nothing in it changes: that advances
    the revision of the catalogue, by which claims know which job types have secrets.
    A name in ``sent`` gets its value, or loses the one that is stored if it is null. A stored secret that was not
    sent stays if its name is ``declared``, that is, if the current manifest marks it as secret. ``stored`` are the
    secrets that are stored, by default all of the job type. This is one statement each for those that go, that
    change and that are new, where there are any. Raises EncryptionError if a value cannot be encrypted.

    Every name that was sent counts as written, whatever was stored under it: a client that could see that its value
    changed nothing would have guessed the secret.
    """
    known = {secret.name: secret for secret in (job_type.secrets.all() if stored is None else stored)}
    gone = [name for name in known if sent.get(name, "") is None or name not in declared]
    if gone:
        JobTypeSecret.objects.filter(pk__in=[known[name].pk for name in gone]).delete()
    changed, new = [], []
    for name, value in sent.items():
        if value is None:
            continue
        if (secret := known.get(name)) is None:
            new.append(JobTypeSecret(job_type=job_type, name=name, token=encrypt(value)))
        else:
            secret.token = encrypt(value)
            changed.append(secret)
    if changed:
        JobTypeSecret.objects.bulk_update(changed, ["token"])
    if new:
        JobTypeSecret.objects.bulk_create(new)
    return {*gone, *sent}


def read_secrets(job_type: JobType) -> dict[str, str]:
    """Return the secret settings of a job type in the clear, name -> value, to run a job with.

    Raises EncryptionError, which names the setting, if the key that encrypted it is lost.
    """
    values = {}
    for secret in job_type.secrets.all():
        try:
            values[secret.name] = decrypt(secret.token)
        except EncryptionError as error:
            raise EncryptionError(f"{job_type}, setting {secret.name}: {error}") from None
    return values


def rotate_secrets(*, batch: int = 500) -> tuple[int, list[str]]:
    """Encrypt all secrets, of job types and of workspaces, again with the first key.

    Return how many, and the names of those that no key decrypts. Raises EncryptionError if there is no usable key.
    """
    of_job_types = JobTypeSecret.objects.select_related("job_type").only(
        "name", "token", "job_type__name", "job_type__version"
    )
    of_workspaces = WorkspaceSecret.objects.select_related("workspace").only("name", "token", "workspace__name")
    rotated, unreadable = rotate_rows(of_job_types, batch=batch)
    more, others = rotate_rows(of_workspaces, batch=batch)
    return rotated + more, unreadable + others
