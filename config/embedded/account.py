"""Choose the account that runs PostgreSQL. It refuses to run as root, so root uses the account ``nobody``.

The wheel itself would create a system account and open every folder above the data to everyone. We change nothing
outside the data folder. If ``nobody`` may not enter the project's folder, for example below root's home, the server
keeps one capability that lets it pass the folders above its data.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.processes import CannotStart

# The security bit makes the capability apply to access(2) too, which PostgreSQL uses to look for its programs.
PREFIX = (
    "setpriv",
    "--securebits=+no_setuid_fixup",
    "--clear-groups",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
)


@dataclass(frozen=True)
class Account:
    """The account that owns the data: the account of this process, or an unprivileged one."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()  # Goes before the command and changes the account.
    changes: bool = False

    @property
    def user(self) -> int | None:
        """The account that starts the process, or None if the prefix changes it or it stays the same."""
        return self.uid if self.changes and not self.prefix else None

    @property
    def group(self) -> int | None:
        """The group that belongs to ``user``."""
        return self.gid if self.changes and not self.prefix else None

    def own(self, path: Path | int) -> None:
        """Make this account the owner of a folder or an open file."""
        if self.changes:
            os.chown(path, self.uid, self.gid)


def account_for(program: Path, folder: Path) -> Account:
    """Return the account to run ``program`` with its data in ``folder``, which must exist.

    Raises:
        CannotStart: this is root, and the unprivileged account cannot reach the folder.
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
        f"PostgreSQL does not run as root, and the account nobody cannot open {folder.parent}. "
        "Run this as an ordinary user, or from a folder that other accounts can open."
    )


def _can_run(account: Account, program: Path, folder: Path) -> bool:
    """Test as the account itself, so that permissions, access lists and capabilities all count."""
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
