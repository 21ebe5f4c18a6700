"""The course's web pages, built of what is there: ``course site``.

Released notebooks, the guides of ``docs/``, the known mistakes of the banks, docstrings
and the tables of ``bench/`` become a folder of pages that ask no network for anything.
"""
