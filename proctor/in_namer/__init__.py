"""Runs known mistakes."""
