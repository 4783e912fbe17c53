"""The journal of a half-applied revision, and the record of what each revision said."""
