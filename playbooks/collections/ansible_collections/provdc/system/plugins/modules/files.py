#!/usr/bin/python
"""A set of configuration files, written as one transaction."""

from __future__ import annotations

DOCUMENTATION = r"""
module: files
short_description: Write a set of configuration files as one transaction
version_added: 0.1.0
description:
  - Compares each file with what is there and writes those that differ, each by temporary file and rename.
  - Every changed file is first checked by its own O(files[].validate) command; when all are written the O(verify)
    commands judge them together, and a refusal puts every file back.
  - What was there before the last change is kept under C(/var/lib/provdc/previous) for O(state=previous).
options:
  name:
    description: Name of the set, for O(state=previous).
    type: str
    required: true
  files:
    description: The files. The action plugin renders those without content from the role's templates.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path on the machine.
        type: path
        required: true
      content:
        description: Text to write.
        type: str
      content_base64:
        description: Bytes to write, in base64.
        type: str
      owner:
        description: Name of the owner.
        type: str
        default: root
      group:
        description: Name of the group.
        type: str
        default: root
      mode:
        description: Octal permissions.
        type: str
        default: "0644"
      validate:
        description: Command that judges the new file alone; C(%s) stands for it.
        type: str
      secret:
        description: Never show the content, not even as a difference.
        type: bool
        default: false
  absent:
    description: Files that must not be there.
    type: list
    elements: path
    default: []
  verify:
    description: Commands that judge the written set as a whole.
    type: list
    elements: str
    default: []
  state:
    description: V(present) writes, V(previous) puts back what the last change replaced.
    type: str
    choices: [present, previous]
    default: present
attributes:
  check_mode:
    support: full
    description: Tells which files would change; the O(verify) commands cannot run before the files are written.
  diff_mode:
    support: full
    description: Shows each file that is not secret.
author:
  - provdc
"""

EXAMPLES = r"""
- name: Write the time service's configuration
  provdc.system.files:
    name: time
    files:
      - path: /etc/chrony/chrony.conf
        validate: chronyd -p -f %s
"""

RETURN = r"""
changed_paths:
  description: Files that were or would be written or removed.
  returned: always
  type: list
  elements: str
"""

import base64
import grp
import json
import os
import pwd
import shlex
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

PREVIOUS = Path("/var/lib/provdc/previous")


class State(NamedTuple):
    """What a path holds."""

    data: bytes
    owner: int
    group: int
    mode: int


def state_of(path: str) -> State | None:
    """Return the state of a file, None when there is no such file."""
    try:
        with Path(path).open("rb") as stream:
            info = os.fstat(stream.fileno())
            return State(stream.read(), info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode))
    except FileNotFoundError:
        return None


def wanted_state(entry: dict[str, Any], check_mode: bool) -> State:
    """Return the state that an entry asks for; an unknown owner is an error except in check mode."""
    if entry["content_base64"] is not None:
        data = base64.b64decode(entry["content_base64"])
    else:
        data = (entry["content"].rstrip("\n") + "\n").encode()
    try:
        owner, group = pwd.getpwnam(entry["owner"]).pw_uid, grp.getgrnam(entry["group"]).gr_gid
    except KeyError:
        if not check_mode:
            raise
        owner, group = -1, -1  # its package would have made it
    return State(data, owner, group, int(entry["mode"], 8))


def put(path: str, state: State | None) -> None:
    """Bring one path into a state: a temporary file beside it and a rename, or its removal."""
    target = Path(path)
    if state is None:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".provdc-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(state.data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chown(temporary, state.owner, state.group)
        temporary.chmod(state.mode)
        if target.is_mount():  # a container engine may hold the file itself
            target.write_bytes(state.data)
            temporary.unlink()
        else:
            temporary.rename(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def validate(module: AnsibleModule, path: str, command: str, data: bytes) -> None:
    """Let a command judge one new file before it is written."""
    with tempfile.NamedTemporaryFile(suffix=Path(path).name) as stream:
        stream.write(data)
        stream.flush()
        code, out, err = module.run_command([part.replace("%s", stream.name) for part in shlex.split(command)])
    if code:
        module.fail_json(msg=f"{path} is refused by `{command}`: {(err or out).strip()}")


def keep(name: str, before: dict[str, State | None]) -> None:
    """Keep what is about to be replaced, instead of what the change before this one replaced."""
    folder = PREVIOUS / name
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    manifest: dict[str, list[Any] | None] = {}
    for index, (path, state) in enumerate(sorted(before.items())):
        manifest[path] = None
        if state is not None:
            manifest[path] = [str(index), *state[1:]]
            write_private(fresh / str(index), state.data)
    write_private(fresh / "manifest.json", json.dumps(manifest).encode())
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)


def kept(module: AnsibleModule, name: str) -> dict[str, State | None]:
    """Return path → state as it was before the last change of a set."""
    folder = PREVIOUS / name
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except FileNotFoundError:
        module.fail_json(msg=f"nothing was kept for '{name}': it has not been changed yet")
    return {
        path: None if entry is None else State((folder / entry[0]).read_bytes(), *entry[1:])
        for path, entry in manifest.items()
    }


def difference(path: str, before: State | None, after: State | None, secret: bool) -> dict[str, str]:
    """Return one entry of Ansible's list of differences."""
    shown = {}
    for side, state in (("before", before), ("after", after)):
        text = "" if state is None else "(secret)\n" if secret else state.data.decode("utf-8", "backslashreplace")
        shown[f"{side}_header"] = path if state is None else f"{path} ({state.mode:o})"
        shown[side] = text
    return shown


def wanted_states(module: AnsibleModule) -> dict[str, State | None]:
    """Return path → state that is asked for, None for a file that must not be there."""
    asked = module.params
    if asked["state"] == "previous":
        return kept(module, asked["name"])
    try:
        wanted: dict[str, State | None] = {
            item["path"]: wanted_state(item, module.check_mode) for item in asked["files"]
        }
    except KeyError as error:
        module.fail_json(msg=f"no such user or group: {error}")
    wanted.update(dict.fromkeys(asked["absent"]))
    return wanted


def write(
    module: AnsibleModule, changed: list[str], before: dict[str, State | None], wanted: dict[str, State | None]
) -> None:
    """Check each file, write all, let them be judged together; put all back on refusal."""
    for item in module.params["files"]:
        state = wanted[item["path"]]
        if item["path"] in changed and item["validate"] and state is not None:
            validate(module, item["path"], item["validate"], state.data)
    keep(module.params["name"], {path: before[path] for path in changed})
    for path in changed:
        put(path, wanted[path])
    for command in module.params["verify"]:
        code, out, err = module.run_command(shlex.split(command))
        if code:
            for path in changed:
                put(path, before[path])
            said = (err or out).strip()
            module.fail_json(msg=f"`{command}` refuses the new files, which were put back: {said}")


def main() -> None:
    """Compare, check, write, judge; put back on refusal."""
    entry = {
        "path": {"type": "path", "required": True},
        "content": {"type": "str"},
        "content_base64": {"type": "str"},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "mode": {"type": "str", "default": "0644"},
        "validate": {"type": "str"},
        "secret": {"type": "bool", "default": False},
    }
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "files": {"type": "list", "elements": "dict", "default": [], "options": entry},
            "absent": {"type": "list", "elements": "path", "default": []},
            "verify": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "previous"], "default": "present"},
        },
        supports_check_mode=True,
    )
    wanted = wanted_states(module)
    before = {path: state_of(path) for path in wanted}
    changed = sorted(path for path in wanted if before[path] != wanted[path])
    if changed and not module.check_mode:
        write(module, changed, before, wanted)
    secret = {item["path"] for item in module.params["files"] if item["secret"]}
    differences = [difference(path, before[path], wanted[path], path in secret) for path in changed]
    module.exit_json(changed=bool(changed), changed_paths=changed, diff=differences)


if __name__ == "__main__":
    main()
