"""Verbs that change a database, or show where it is and what is pending."""
