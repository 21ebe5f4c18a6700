"""What a class got wrong, and what one student did over a course: pages for teachers.

Everything here is a projection of results documents. Nothing of a class's report goes
into a student's page.
"""
