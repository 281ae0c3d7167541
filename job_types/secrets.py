"""The secret settings of job types: kept encrypted, read only to be used, never shown."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from core.encryption import EncryptionError, decrypt, encrypt, rotate
from job_types.models import JobType, JobTypeSecret


def keep_secrets(
    job_type: JobType,
    *,
    stored: Iterable[JobTypeSecret],
    declared: Collection[str],
    sent: Mapping[str, str | None],
) -> set[str]:
    """Brings the `stored` secrets of a job type to what was sent; answers the names of those that changed.

    `declared` are the settings that the current manifest marks secret: the store holds no others. A name in
    `sent` gets that value, or loses its own for null; a declared name that was not sent keeps what it has.
    One statement each for those that go, that change and that are new, where there are any. Raises EncryptionError
    when a value cannot be encrypted.
    """
    kept = {secret.name: secret for secret in stored}
    gone = [name for name in kept if name not in declared or (name in sent and sent[name] is None)]
    if gone:
        JobTypeSecret.objects.filter(pk__in=[kept[name].pk for name in gone]).delete()
    changed, new = [], []
    for name, value in sent.items():
        if value is None or (name in kept and _holds(kept[name], value)):
            continue
        secret = kept.get(name)
        if secret is None:
            new.append(JobTypeSecret(job_type=job_type, name=name, token=encrypt(value)))
        else:
            secret.token = encrypt(value)
            changed.append(secret)
    if changed:
        JobTypeSecret.objects.bulk_update(changed, ["token"])
    if new:
        JobTypeSecret.objects.bulk_create(new)
    return {*gone, *(secret.name for secret in (*changed, *new))}


def _holds(secret: JobTypeSecret, value: str) -> bool:
    """Whether the stored secret is this value; false where its key is lost, so that it is written anew."""
    try:
        return decrypt(secret.token) == value
    except EncryptionError:
        return False


def read_secrets(job_type: JobType) -> dict[str, str]:
    """The secret settings of a job type in the clear, name -> value, for the one who launches its jobs.

    Raises EncryptionError, which names the setting, when the key that wrote one is lost.
    """
    values = {}
    for secret in job_type.secrets.all():
        try:
            values[secret.name] = decrypt(secret.token)
        except EncryptionError as error:
            raise EncryptionError(f"{job_type}, setting {secret.name}: {error}") from None
    return values


def rotate_secrets(*, batch: int = 500) -> tuple[int, list[str]]:
    """Encrypts every secret anew under the first key; answers how many, and which ones no key reads.

    Those that no key reads stay as they are. Each batch is a transaction of its own, so that a large store
    is never locked whole, and an interrupted run can simply be started again. Raises EncryptionError when there
    is no usable key.
    """
    # Without a usable key every secret would look unreadable: this raises instead.
    encrypt("")
    rotated, last = 0, 0
    unreadable: list[str] = []
    while True:
        with transaction.atomic():
            secrets = list(
                JobTypeSecret.objects.select_for_update(of=["self"])
                .select_related("job_type")
                .only("name", "token", "job_type__name", "job_type__version")
                .filter(pk__gt=last)
                .order_by("pk")[:batch]
            )
            if not secrets:
                return rotated, unreadable
            readable = []
            for secret in secrets:
                try:
                    secret.token = rotate(secret.token)
                    readable.append(secret)
                except EncryptionError:
                    unreadable.append(str(secret))
            JobTypeSecret.objects.bulk_update(readable, ["token"])
        rotated += len(readable)
        last = secrets[-1].pk
