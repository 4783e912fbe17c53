"""Measurements. Each prints a table of ratios against the alternative, from one run."""
