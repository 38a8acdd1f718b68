"""Sphinx's settings for the site. `./dev docs` hands it the pages after their blocks ran (build.py)."""

import sys
from pathlib import Path
from typing import Any

import ranvier as rv

sys.path.insert(0, str(Path(__file__).parent))
from docstrings import to_rst  # noqa: E402

project = "Ranvier"
version = release = rv.__version__
copyright = "the authors of Ranvier, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]

myst_heading_anchors = 3
smartquotes = False  # "zero" is a value
default_role = "code"  # `net.to` in a docstring
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "Ranvier"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "native"


def setup(app: Any) -> None:
    def docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        named = not lines or not lines[0].startswith("Alias for field number")  # of a NamedTuple: says nothing
        lines[:] = to_rst(lines) if named else []

    def signature(app: Any, what: str, name: str, obj: Any, options: Any, arguments: Any, returned: Any) -> Any:
        """The extension's classes by the names that people use; and no signature for classes that only Ranvier makes."""
        if what in ("class", "exception") and "_ranvier" in str(arguments):
            return "()", None
        return tuple(text and text.replace("ranvier._ranvier.", "").replace("_ranvier.", "") for text in (arguments, returned))

    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-process-signature", signature)
