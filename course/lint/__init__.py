"""The authors' lint: what the truth of a module must satisfy. ``sound.py`` asks it all.

Structure and test cells are looked at before anything is built; the prose and its
figures by ``course check`` alone, so that a page can be seen while it is written.
"""
