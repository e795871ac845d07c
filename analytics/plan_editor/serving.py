"""The editor served to this machine, until it is told to end."""

import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from socket import socket
from types import FrameType

from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.static_files import StaticFiles
from analytics.plan_editor.app import make_app
from analytics.plan_editor.editor import Editor
from ingest.web.server import Server, listen

HOST = "127.0.0.1"
"""No other machine reaches it."""

Tell = Callable[[str], None]


class EditorServer(Server):
    """A server that Ctrl-C does not end before it has said that something is not saved."""

    def __init__(
        self, editor: Editor, token: str, ground: Basemap | None, listener: socket, note: Tell
    ) -> None:
        super().__init__(make_app(editor, token, ground), listener, lambda: None, proxies=())
        self._editor = editor
        self._note = note
        self._has_asked = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, but at the first Ctrl-C only if all is saved."""
        if sig == signal.SIGINT and not self._has_asked and not self._editor.is_saved:
            self._has_asked = True
            self._note("not all is saved: save on the page, or press Ctrl-C again to drop it")
            return
        super().handle_exit(sig, frame)


def serve_editor(plan: Path, port: int, basemap: Path | None, tell: Tell, note: Tell) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the address once it answers.

    `note` is given what is to be known besides: a map that cannot be shown, and at the end what
    was not saved.

    Raises
    ------
    PlanError
        If the plan is broken.
    SettingError
        If it cannot listen there, or the basemap cannot be used.
    """
    editor = Editor(plan)
    ground = None if basemap is None else Basemap(basemap)
    token = secrets.token_urlsafe(16)
    with listen(HOST, port) as listener:
        server = EditorServer(editor, token, ground, listener, note)
        if not StaticFiles().has_map:
            note("the map's library is absent: no map is shown; run make page")
        tell(f"http://{HOST}:{listener.getsockname()[1]}/{token}/")
        server.serve_until_told()
    if not editor.is_saved:
        note("changes that were not saved are gone")
