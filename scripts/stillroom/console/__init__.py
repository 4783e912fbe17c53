"""What a person at the terminal meets: arguments, output, progress, how commands are given."""
