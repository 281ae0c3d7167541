"""The URL and the token that ``scale login`` keeps, in a file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkstemp

import platformdirs


@dataclass(frozen=True, slots=True)
class Credentials:
    """The service that one is logged in at. The token is not in the text of it."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Credentials({self.url!r})"


def credentials_file() -> Path:
    """Return where the credentials are kept: in the system's directory for configurations."""
    return platformdirs.user_config_path("scale") / "credentials.json"


def read_credentials() -> Credentials | None:
    """Return what is kept, or None. Raises OSError, ValueError for a file that is broken or open to others."""
    path = credentials_file()
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except FileNotFoundError:
        return None
    if mode & 0o077:
        raise ValueError(f"{path}: others can read it; use chmod 600, or log in again and revoke the token.")
    try:
        kept = json.loads(text)
        return Credentials(str(kept["url"]), str(kept["token"]))
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path}: it is broken; log in again.") from None


def keep_credentials(credentials: Credentials) -> Path:
    """Keep credentials in place of those before, and return the file. Nobody else can read it at any moment."""
    path = credentials_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes it with mode 600, and a rename puts it in place whole.
    descriptor, name = mkstemp(dir=path.parent, prefix=".credentials-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(credentials), file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def forget_credentials() -> bool:
    """Remove what is kept, and return whether there was anything."""
    try:
        credentials_file().unlink()
    except FileNotFoundError:
        return False
    return True
