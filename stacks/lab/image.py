"""The base image: what every Debian machine needs before Ansible can reach it, and nothing of its role.

Built once from the computer's own apt sources and named after the digest of its recipe (suite, packages, files of
`rootfs/`), so an old image is never taken for a new one. It holds no key, no source of packages and no name server.
"""

import hashlib
import json
import os
import shlex
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from stacks.lab.apt import Apt, alone, architecture, fetching_options, prepare, suite
from stacks.lab.podman import image_exists, podman
from stacks.lab.shell import Progress, long_run

PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "iputils-ping",
    "libnss-myhostname",
    "netbase",
    "nftables",
    "openssh-server",
    "procps",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
"""netbase: keepalived and conntrackd read /etc/protocols. python3-apt: Ansible's apt module. nftables: every machine
has its host firewall before it has packages from the mirror."""

MASKED = (
    # they touch the computer's hardware, clock or kernel, or wait for what a container does not have
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "console-getty.service",
    "dev-hugepages.mount",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "getty.target",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-modules-load.service",
    "systemd-networkd-wait-online.service",
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-remount-fs.service",
    "systemd-udev-trigger.service",
    "systemd-udevd.service",
)

ENABLED = {"provdc-sysctl-net.service": "sysinit.target", "provdc-host-key.service": "multi-user.target"}

LEFT_OUT = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*")

ADMINISTRATOR = "provdc-admin"

ROOTFS = Path(__file__).parent / "rootfs"

HOOK = f"""set -eu
root="$1"
cp -a --no-preserve=ownership {{rootfs}}/. "$root/"
chmod -R u=rwX,go=rX "$root/etc/systemd/system" "$root/etc/ssh/sshd_config.d" "$root/etc/tmpfiles.d"
chmod 0440 "$root/etc/sudoers.d/{ADMINISTRATOR}"
chmod 0644 "$root/etc/hosts" "$root/etc/resolv.conf"
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/hostname"
printf uninitialized > "$root/etc/machine-id"
{{units}}
chroot "$root" useradd --create-home --shell /bin/bash --comment "provdc administrator" {ADMINISTRATOR}
chroot "$root" usermod --password '*' {ADMINISTRATOR}
chroot "$root" usermod --lock root
install -d -m 0700 "$root/home/{ADMINISTRATOR}/.ssh"
chroot "$root" chown {ADMINISTRATOR}:{ADMINISTRATOR} /home/{ADMINISTRATOR}/.ssh
"""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the image holds, except the archive's versions on the day it is built."""

    suite: str
    architecture: str
    packages: tuple[str, ...]
    masked: tuple[str, ...]
    enabled: dict[str, str]
    left_out: tuple[str, ...]
    hook: str
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 over the recipe, first 16 hex digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def image(self) -> str:
        """Name of the image in podman's store."""
        return f"localhost/provdc-base:{self.digest}"


def recipe() -> Recipe:
    """Return the recipe of this computer's base image; reads files only."""
    files = sorted(path for path in ROOTFS.rglob("*") if path.is_file())
    return Recipe(
        suite=suite(),
        architecture=architecture(),
        packages=PACKAGES,
        masked=MASKED,
        enabled=ENABLED,
        left_out=LEFT_OUT,
        hook=HOOK,
        files={str(path.relative_to(ROOTFS)): path.read_text() for path in files},
    )


def ensure_image(cache: Path, progress: Progress) -> Recipe:
    """Build the base image unless it is there, and return its recipe.

    The image gets its name when it is whole: interrupted at any point, the next call starts from the beginning. Of
    several processes that share the cache one builds, the others wait for it.

    Parameters
    ----------
    cache : Path
        Directory of things that can be made again, `.provdc/cache`.
    progress : callable
        Told each step.

    Raises
    ------
    LabError
        E-LAB-010 not Debian, E-LAB-011 no package list, E-LAB-002 and 003 when a program fails.
    """
    wanted = recipe()
    if not image_exists(wanted.image):
        with alone(cache, progress):
            if not image_exists(wanted.image):
                for left in cache.glob("image-*"):  # of a build that was killed
                    shutil.rmtree(left, ignore_errors=True)
                work = Path(tempfile.mkdtemp(prefix="image-", dir=cache))
                try:
                    progress(f"base image {wanted.digest}: fetching package lists")
                    _build(wanted, prepare(cache / "apt"), work, progress)
                finally:
                    shutil.rmtree(work, ignore_errors=True)
    return wanted


def _build(wanted: Recipe, apt: Apt, work: Path, progress: Progress) -> None:
    work.chmod(0o755)  # apt fetches as a user of its own
    masks = [f'ln -sf /dev/null "$root/etc/systemd/system/{unit}"' for unit in wanted.masked]
    wants = [
        f'mkdir -p "$root/etc/systemd/system/{target}.wants" && '
        f'ln -sf ../{unit} "$root/etc/systemd/system/{target}.wants/{unit}"'
        for unit, target in wanted.enabled.items()
    ]
    hook = work / "customize"
    script = wanted.hook.format(rootfs=shlex.quote(str(ROOTFS)), units="\n".join([*masks, *wants]))
    hook.write_text(f"#!/bin/sh\n{script}")
    hook.chmod(0o755)
    archive = work / "base.tar"
    progress(f"base image {wanted.digest}: installing Debian {wanted.suite}")
    long_run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            f"--architectures={wanted.architecture}",
            f"--include={','.join(wanted.packages)}",
            *(f"--aptopt={option}" for option in fetching_options(apt)),
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in wanted.left_out),
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            f"--customize-hook={hook}",
            wanted.suite,
            str(archive),
            str(apt.sources),
        ],
        timeout=900,
        env={**os.environ, "TMPDIR": str(work)},  # whatever ends it, nothing of it stays elsewhere
    )
    progress(f"base image {wanted.digest}: importing")
    podman("import", "--quiet", "--change", "CMD /sbin/init", str(archive), wanted.image, timeout=300)
