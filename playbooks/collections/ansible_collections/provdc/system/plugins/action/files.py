"""Render the role's templates on the controller and hand the set to the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader


class ActionModule(ActionBase):
    """A file without `content` or `content_base64` is rendered from `templates/<path>.j2` of the role."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Render, then run the module once for the whole set."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        wanted = []
        for entry in arguments.get("files") or []:
            if not isinstance(entry, dict) or not str(entry.get("path", "")).startswith("/"):
                message = f"files: each entry needs an absolute path, not {entry!r}"
                raise AnsibleActionFail(message)
            entry = {key: value for key, value in entry.items() if key != "unit"}
            if entry.get("content") is None and entry.get("content_base64") is None:
                entry["content"] = self._render(f"{entry['path'].lstrip('/')}.j2", variables)
            wanted.append(entry)
        arguments["files"] = wanted
        result.update(
            self._execute_module(module_name="provdc.system.files", module_args=arguments, task_vars=variables)
        )
        return result

    def _render(self, template: str, variables: dict[str, Any]) -> str:
        lookup = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
        return str(lookup.run([template], variables=variables)[0])
