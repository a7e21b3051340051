"""Who PostgreSQL runs as. It refuses to run as root, so root hands it to the account ``nobody``.

The wheel's own way makes a system account and opens every folder above the data to everybody. Here nothing
outside the data folder changes: where ``nobody`` may not enter the project's folder (one below root's home,
say), the server keeps one capability, to pass the folders in between.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.processes import CannotStart

# The security bit lets the capability count in access(2) too, with which PostgreSQL looks for its programs.
PREFIX = (
    "setpriv",
    "--securebits=+no_setuid_fixup",
    "--clear-groups",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
)


@dataclass(frozen=True)
class Account:
    """The account that owns the data: this process's own, or an unprivileged one."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()  # Put before the command; it then changes the account itself.
    changes: bool = False

    @property
    def user(self) -> int | None:
        """The account to start the process under, or None when the prefix does it or nothing changes."""
        return self.uid if self.changes and not self.prefix else None

    @property
    def group(self) -> int | None:
        """The group that goes with ``user``."""
        return self.gid if self.changes and not self.prefix else None

    def own(self, path: Path | int) -> None:
        """Make a folder or an open file this account's."""
        if self.changes:
            os.chown(path, self.uid, self.gid)


def account_for(program: Path, folder: Path) -> Account:
    """Return the account to run ``program`` with its data in ``folder``, which must exist.

    Raises:
        CannotStart: as root, when the unprivileged account can be given no way to the folder.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid, changes=True)
    account.own(folder)
    if _can_run(account, program, folder):
        return account
    if shutil.which("setpriv"):
        ids = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--pdeathsig=INT")
        allowed = Account(nobody.pw_uid, nobody.pw_gid, (*PREFIX, *ids, "--"), changes=True)
        if _can_run(allowed, program, folder):
            return allowed
    raise CannotStart(
        f"PostgreSQL does not run as root, and the account nobody may not enter {folder.parent}. "
        "Run this as an ordinary user, or from a folder that other accounts may enter."
    )


def _can_run(account: Account, program: Path, folder: Path) -> bool:
    """Ask as the account itself: permissions, access lists and capabilities all count."""
    question = ["sh", "-c", 'test -x "$1" && test -x "$2"', "sh", str(program), str(folder)]
    probe = subprocess.run(
        [*account.prefix, *question],
        user=account.user,
        group=account.group,
        extra_groups=[] if account.user is not None else None,
        cwd="/",
        capture_output=True,
        check=False,
    )
    return probe.returncode == 0
