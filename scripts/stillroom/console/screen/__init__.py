"""The screen of a terminal: colours, wrapped lines, and a line that is written over."""
