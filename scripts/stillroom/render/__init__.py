<<<<<<< HEAD
"""Data into text, JSON and pictures; nothing here prints."""
=======
"""Data in, text out; nothing is printed here."""
>>>>>>> 556cf35 (Add the hook: what is staged against a replay of what is staged)
