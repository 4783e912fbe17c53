"""Tell what the staged revisions will do to rows, running code and busy tables: a git hook."""

from stillroom.hook import lint

raise SystemExit(lint())
