"""The built client: files with their compressed twins, named by content and kept for ever, or asked for each time."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}
_TWINS = (("br", ".br"), ("gzip", ".gz"))
_COMPRESSED = {".br", ".gz"}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    etag: str
    twins: dict[str, bytes]


class WebDist:
    """The folder of the built client. Files are read once: a new build is a new process."""

    def __init__(self, folder: Path) -> None:
        found = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _COMPRESSED)
        self._paths = {path.relative_to(folder).as_posix(): path for path in found}
        self._files: dict[str, _File] = {}

    def answer(self, request: Request, name: str) -> Response:
        """The file `name` of the folder, or 404."""
        file = self._read(name)
        if file is None:
            return Response("not found", 404, media_type="text/plain")
        cache = FOREVER if name.startswith("assets/") else "no-cache"
        headers = {"etag": file.etag, "cache-control": cache, "vary": "Accept-Encoding"}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        accepted = {
            part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")
        }
        body = file.body
        for encoding, _ in _TWINS:
            if encoding in accepted and encoding in file.twins:
                body, headers["content-encoding"] = file.twins[encoding], encoding
                break
        return Response(body, headers=headers, media_type=file.media_type)

    def body(self, name: str) -> bytes | None:
        """What the file `name` holds; None when the build has none."""
        file = self._read(name)
        return file.body if file else None

    def _read(self, name: str) -> _File | None:
        """The file; only what the build holds has a name here, so no path can lead out of it."""
        path = self._paths.get(name)
        if path is not None and name not in self._files:
            self._files[name] = _load(path)
        return self._files.get(name)


def _load(path: Path) -> _File:
    body = path.read_bytes()
    twins = {
        encoding: twin.read_bytes()
        for encoding, suffix in _TWINS
        if (twin := path.with_name(path.name + suffix)).is_file()
    }
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(body, guessed, f'"{sha256(body).hexdigest()[:24]}"', twins)
