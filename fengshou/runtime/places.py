"""Where things lie: in a checkout beside the package, in an installed wheel inside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def checkout() -> Path | None:
    """The root of the checkout we run from, or None when installed from a wheel."""
    root = PACKAGE.parent
    return root if (root / "bank").is_file() and (root / "requirements").is_dir() else None


def content_folder() -> Path:
    """The content that a release is made of (YAML)."""
    root = checkout()
    return root / "content" if root else PACKAGE / "content_dist"


def web_folder() -> Path:
    """The built web client; empty or absent in a checkout before its first build."""
    return PACKAGE / "web_dist"
