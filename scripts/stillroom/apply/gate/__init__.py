"""Every statement of a revision passes here: it is recorded, sent, or answered from the journal."""
