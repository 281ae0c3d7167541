"""As which user a container runs: never as the root of the host, and so that its outputs can be read."""

from dataclasses import dataclass

UNUSED_ID = 65_532
"""The user and group of a container that root runs: one that no account and no daemon of a host usually has."""


@dataclass(frozen=True, slots=True)
class User:
    """The user of a container as the engine takes it, ``uid:gid`` or a name of the image.

    ``owner`` is the user and group id that it has on the host, None if that is not known. ``is_stranger`` is one
    that the image does not know, so that it has no home there. ``keeps_ids`` asks a rootless Podman for a user
    namespace in which these are the ids of the host.
    """

    name: str
    owner: tuple[int, int] | None = None
    is_stranger: bool = True
    keeps_ids: bool = False


def choose_user(
    image_user: str,
    caller: tuple[int, int],
    *,
    is_rootless: bool = False,
    is_podman: bool = False,
    chosen: str = "",
) -> User:
    """Return the user of a container.

    ``image_user`` is what the image says, ``caller`` the user and group id of whoever runs it, ``chosen`` what they
    want instead of: one who is not root runs it as themselves, so that the outputs are theirs. Root runs it as the
    user of the image or, if that is root, as one that nobody is.
    """
    if chosen:
        return User(chosen, owner=_ids(chosen))
    if is_rootless and not is_podman:
        # Its root is the caller on the host, and any other user one that may not read the caller's files.
        return User("0:0", owner=caller, is_stranger=False)
    if caller[0] != 0:
        return User(f"{caller[0]}:{caller[1]}", owner=caller, keeps_ids=is_rootless)
    if image_user.split(":")[0] in ("", "0", "root"):
        return User(f"{UNUSED_ID}:{UNUSED_ID}", owner=(UNUSED_ID, UNUSED_ID))
    return User(image_user, owner=_ids(image_user), is_stranger=False)


def _ids(user: str) -> tuple[int, int] | None:
    """Return the ids of a ``uid:gid``; None for one without a group, which the image decides, and for names."""
    name, _, group = user.partition(":")
    return (int(name), int(group)) if name.isdecimal() and group.isdecimal() else None
