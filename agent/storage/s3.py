"""Workspaces that are a bucket of S3, or of what has the API of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import s3fs
from botocore.exceptions import BotoCoreError, ClientError

from agent.storage import Check, Content, FileMissing, StorageError, go_on
from agent.storage.copying import copy, parts_of
from agent.storage.local import LocalStorage
from seed.wording import printable, quoted

# A part of an upload, which is kept in memory: S3 takes 10,000 of them.
_PART = 50 * 2**20


class S3Storage:
    """A bucket, used with the credentials of the workspace or, where it has none, with those of the machine."""

    def __init__(self, broker: Mapping[str, Any], endpoint: str | None, mounted: LocalStorage | None) -> None:
        """``mounted`` is where the bucket is mounted on this machine, for reading alone."""
        self._bucket = str(broker["bucket_name"])
        self._mounted = mounted
        credentials = broker.get("credentials") or {}
        options = {"region_name": broker.get("region_name"), "endpoint_url": endpoint}
        self._system = s3fs.S3FileSystem(
            key=credentials.get("access_key_id"),
            secret=credentials.get("secret_access_key"),
            client_kwargs={name: value for name, value in options.items() if value},
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def in_place(self, path: str) -> Path | None:
        """Return where a file is if the bucket is mounted here, and has it."""
        if self._mounted:
            with suppress(StorageError):
                return self._mounted.in_place(path)
        return None

    def fetch(self, path: str, target: Path, check: Check = go_on) -> Content:
        """Download a file."""
        with self._errors(path, "read"), target.open("xb") as written, self._system.open(self._key(path)) as read:
            return copy(read, written, check)

    def store(self, source: Path, path: str, check: Check = go_on) -> Content:
        """Upload a file; nobody sees a part of it."""
        with self._errors(path, "written"), source.open("rb") as read:
            file = self._system.open(self._key(path), "wb", block_size=_PART, autocommit=False)
            try:
                content = copy(read, file, check)
                file.close()
                file.commit()
            except BaseException:
                # Else the parts would be kept, and paid for, for ever.
                with suppress(OSError, ClientError, BotoCoreError):
                    file.discard()
                # Else it would begin a new upload when it is forgotten; at the end of the process, that never ends.
                file.closed = True
                raise
        return content

    def delete(self, path: str, keep: str) -> None:
        """Delete a file; a bucket has no folders."""
        with self._errors(path, "deleted"), suppress(FileNotFoundError):
            self._system.rm_file(self._key(path))

    def _key(self, path: str) -> str:
        return "/".join((self._bucket, *parts_of(path)))

    @contextmanager
    def _errors(self, path: str, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise FileMissing(f"the bucket {quoted(self._bucket)} has no file {quoted(path)}") from error
        except (OSError, ValueError, ClientError, BotoCoreError) as error:
            reason = printable(str(error))[:500] or type(error).__name__
            sentence = f"{quoted(path)} in the bucket {quoted(self._bucket)} cannot be {what}: {reason}"
            raise StorageError(sentence) from error
