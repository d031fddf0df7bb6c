"""One provider host for all tests of the engine: starting one takes longer than most tests."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.engine import Engine, Options
from stacks.engine.deployment import faults
from stacks.engine.provider import ProviderHost

SUPPORT = Path(__file__).parent / "support"
sys.path.insert(0, str(SUPPORT))

from file_objects import FileObject  # noqa: E402


@pytest.fixture(scope="session")
def host_process() -> Iterator[ProviderHost]:
    host = ProviderHost(16, {}, "test", [SUPPORT], lambda _line: None)
    host.start()
    yield host
    host.close()


@pytest.fixture
def shared_host(host_process: ProviderHost, monkeypatch: pytest.MonkeyPatch) -> ProviderHost:
    """Let every engine of the test use the one host process."""
    connected = host_process._connected
    monkeypatch.setattr(ProviderHost, "start", lambda _self: None)
    monkeypatch.setattr(ProviderHost, "close", lambda _self: None)
    monkeypatch.setattr(ProviderHost, "_connected", lambda self: connected() if self is host_process else shared())

    def shared() -> Any:
        return connected()

    return host_process


class World:
    """A directory of file objects, a stack that makes them, and what must hold between the two."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = root / "objects"
        self.objects.mkdir()
        self.states = root / "states"
        self.events: list[Any] = []
        self.engine = self.open()

    def open(self, **options: Any) -> Engine:
        return Engine("proj", "dev", self.states, Options(on_event=self.events.append, **options))

    def program(self, *specs: dict[str, Any]) -> Callable[[], None]:
        """Return a program with one object per spec; ``after`` names the object whose size becomes its link."""

        def run() -> None:
            made: dict[str, FileObject] = {}
            for spec in specs:
                props = dict(spec)
                name, opts = props.pop("urn_name", props["name"]), props.pop("opts", None)
                if after := props.pop("after", None):
                    props["link"] = made[after].size
                made[props["name"]] = FileObject(name, str(self.objects), opts, **props)

        return run

    def names(self) -> set[str]:
        return {path.stem for path in self.objects.glob("*.object")}

    def calls(self) -> list[str]:
        log = self.objects / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    def state(self) -> dict[str, Any]:
        return self.engine.export()["deployment"]

    def require_sound(self) -> None:
        """The state is valid, and every object belongs to one of its records or pending operations."""
        raw = self.state()
        assert raw.get("resources") is None or faults(raw) == []
        known = [*raw.get("resources", ()), *(item["resource"] for item in raw.get("pending_operations", ()))]
        owned = {item["inputs"]["name"] for item in known if "dynamic" in item["type"]}
        assert self.names() <= owned


@pytest.fixture
def world(tmp_path: Path, shared_host: ProviderHost) -> World:
    return World(tmp_path)
