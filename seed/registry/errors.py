"""What goes wrong when a registry is asked."""


class RegistryError(Exception):
    """An image could not be read; ``name`` is the kind of fault in UPPER_SNAKE_CASE, the message a sentence.

    - INVALID_DOCKER_IMAGE: the text is no image reference.
    - REGISTRY_NOT_ALLOWED: the registry of the reference is none of those that may be asked.
    - HOST_NOT_ALLOWED: the registry leads to another host, or a name to an address of the internal network.
    - REGISTRY_UNAVAILABLE: no connection, or an answer that says so.
    - REGISTRY_TOO_SLOW, REGISTRY_ANSWER_TOO_LARGE: a bound of ``Limits`` is reached.
    - UNTRUSTED_CERTIFICATE: the certificate is not valid for the host.
    - REGISTRY_ACCESS_DENIED: the registry wants other credentials than it gets.
    - UNKNOWN_IMAGE: the registry has no such image.
    - INVALID_REGISTRY_ANSWER: the answer is not what the specification says; DIGEST_MISMATCH: nor what its digest
      says.
    - UNSUPPORTED_IMAGE: a manifest of another kind; UNSUPPORTED_PLATFORM: an index without the platform.
    - MISSING_LABEL: the image has no manifest in its labels.

    No message shows credentials, or what the registry sent but for names of hosts, platforms and media types, cut.
    """

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
