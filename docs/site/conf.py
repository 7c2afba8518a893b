"""Sphinx's settings: the files in docs/ as a site that can be searched and needs no network."""

import re

REPOSITORY = "https://github.com/bookend-llm/bookend/tree/main/"

project = "Bookend"
html_title = "Bookend"
extensions = ["myst_parser"]
exclude_patterns = ["site"]
html_theme = "furo"
html_copy_source = False
html_show_copyright = False
highlight_language = "none"
myst_enable_extensions = ["html_image"]  # copies the images of <img> as well
myst_heading_anchors = 4  # links to headings, as GitHub names them

SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"^- \[[^]]+\]\(([^)#]+)\.md\)", re.MULTILINE)


def navigation(text):
    """What the index lists under its headings, as the tables of contents of the site's margin."""
    for title, pages in SECTION.findall(text):
        names = "\n".join(PAGE.findall(pages))
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{names}\n```\n"
    return text


def decisions(text):
    return text + "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"


def prepare(app, document, source):
    # Files that are no pages are in the repository: ../ is its root, seen from docs/.
    up = "../" * (document.count("/") + 1)
    text = re.sub(r"\]\(" + re.escape(up), f"]({REPOSITORY}", source[0])
    if document == "index":
        text = navigation(text)
    elif document == "decisions/README":
        text = decisions(text)
    source[0] = text


def setup(app):
    app.connect("source-read", prepare)
