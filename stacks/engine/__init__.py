"""The embedded Pulumi engine: runs an ordinary Pulumi program without the ``pulumi`` command line.

>>> engine = Engine("provdc", "lab", Path(".provdc/stacks"), Options(on_event=draw))   # doctest: +SKIP
>>> engine.preview(program).counts                                                      # doctest: +SKIP
>>> engine.up(program).or_raise().outputs                                               # doctest: +SKIP
>>> engine.destroy().or_raise()                                                         # doctest: +SKIP

``program`` is a ``Callable[[], None]`` of ordinary Pulumi code: components, dynamic resources, ``pulumi.export``.
Providers are ``pulumi.dynamic.ResourceProvider`` classes at module level, importable from ``sys.path`` (or
``import_paths``). What the engine relies on, for every provider:

* ``create(props)`` adopts its own half-made object by name, and echoes every input in its outputs;
* ``read(id, props)`` tells the truth; ``ReadResult(None, {})`` means "there is none". After a crash during a create
  whose resource has left the program it is called with an **empty id** and the inputs as ``props``: it then derives
  the id from the inputs, and reports half-made objects as existing so that they can be deleted;
* ``update`` and ``delete`` may be repeated (deleting what is gone is no error);
* ``diff`` answers True or False, never None, and ignores ``__provider``.

``stacks.engine.select.open_engine`` chooses between this engine and the genuine command line.
"""

from stacks.engine.engine import Engine
from stacks.engine.errors import StackError, StateError, UnsupportedError
from stacks.engine.events import (
    Diagnostic,
    Event,
    Failure,
    Listener,
    Op,
    Result,
    StepFailed,
    StepFinished,
    StepStarted,
)
from stacks.engine.options import Options

__all__ = [
    "Diagnostic",
    "Engine",
    "Event",
    "Failure",
    "Listener",
    "Op",
    "Options",
    "Result",
    "StackError",
    "StateError",
    "StepFailed",
    "StepFinished",
    "StepStarted",
    "UnsupportedError",
]
