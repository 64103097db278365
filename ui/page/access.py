"""Who may enter the page, and by which names it is reached."""

import ipaddress
import re
import socket
from dataclasses import dataclass

from pydantic import SecretStr

from rag.errors import ConfigError

_NAME = re.compile(r"[a-z0-9.-]{1,253}(?::\d{1,5})?|\[[0-9a-f:]{2,45}\](?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Access:
    """Where the page listens and who may enter: `login` is user and password, None for everyone.

    `public` are the names by which people reach it through a proxy, with their port where it is not the usual one.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    login: tuple[str, str] | None = None
    mcp: bool = False
    public: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        return is_loopback(self.host)

    @property
    def uploads(self) -> bool:
        """Papers may be added by whoever sits at this machine, unless a proxy lets others come to it, and by who has logged in."""
        return (self.local and not self.public) or self.login is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def cannot_be_lent(name: str) -> bool:
    """Whether no other site can lead its own name to this machine (DNS rebinding): an address, or a name of this machine or network."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        own = socket.gethostname().lower()
        return "." not in name or name.endswith(".local") or name in (own, f"{own}.")
    return True


def access(host: str, port: int, user: str | None, secret: SecretStr | None, no_auth: bool, mcp: bool, public: str = "") -> Access:
    """Check who may enter. Raises ConfigError, naming the fix, for an open door that nobody asked for."""
    names = tuple(name.strip().lower() for name in public.split(",") if name.strip())
    if wrong := next((name for name in names if not _NAME.fullmatch(name)), None):
        raise ConfigError(
            f"PAPERCHAT_PUBLIC_HOST holds {wrong!r}; name hosts only, with commas: papers.example.org, papers.example.org:8443"
        )
    password = secret.get_secret_value() if secret else ""
    if bool(user) != bool(password):
        raise ConfigError("a user and a password belong together; set both PAPERCHAT_PAGE_USER and PAPERCHAT_PAGE_PASSWORD")
    login = (user, password) if user and password else None
    if login is None and not no_auth and (names or not is_loopback(host)):
        opens = f"--host {host}" if not is_loopback(host) else "PAPERCHAT_PUBLIC_HOST"
        raise ConfigError(
            f"{opens} lets others in; set PAPERCHAT_PAGE_USER and PAPERCHAT_PAGE_PASSWORD, or pass --no-auth to let in everyone"
        )
    return Access(host, port, login, mcp, names)
