"""The site that Sphinx makes of docs/: `python -m sphinx -W -n docs site`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import framechain  # noqa: E402

project = "framechain"
author = "the framechain authors"
copyright = "the framechain authors, Apache License 2.0"
version = release = framechain.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "site_pages.pages"]
source_suffix = {".md": "markdown"}
# README.md is the list of the pages for those who read them on the forge.
exclude_patterns = ["README.md", "site_pages"]
# Anchors are those of the forge, so that one link serves both.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "attrs_inline", "attrs_block", "deflist"]
nitpicky = True
# Types in signatures: those that are not public have no page. Links in the text (`py:obj`) are to public names alone.
nitpick_ignore_regex = [(r"py:(class|data|exc|func|meth|attr)", r".*")]
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_class_signature = "mixed"
autodoc_default_options = {"undoc-members": False}
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
add_module_names = False
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "framechain"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["search_from_files.js", "clips.js"]
html_copy_source = False
html_show_sphinx = False
smartquotes = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
