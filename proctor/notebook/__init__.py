"""An .ipynb as data: no process, no page."""
