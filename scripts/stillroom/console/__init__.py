"""What a person at the terminal meets: arguments, output, progress, the spelling of commands."""
