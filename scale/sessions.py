"""Sessions in the database, as Django keeps them, for any cookie that a client can send."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    """A store that has no session for a key with a NUL, which PostgreSQL does not even look up.

    A cookie can hold one, in an escape: ``sessionid="\\000…"``. Without this it is a 500, for anyone who sends it.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        is_valid: bool = super()._validate_session_key(key)  # type: ignore[misc]  # the stubs leave it out
        return is_valid and "\0" not in str(key)
