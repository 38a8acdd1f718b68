"""Packages that are imported only when a call needs them; pyproject.toml lists them by extra."""

from importlib import import_module
from typing import Any

from ._ranvier import fail


def needed(module: str, extra: str) -> Any:
    """The module. Raises Error not_found, with what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        remedy = f'pip install "ranvier[{extra}]" installs it.'
        fail("not_found", f"The package {package} cannot be imported: {error}.", package, remedy)
