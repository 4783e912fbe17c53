"""Fail when the models need a revision that does not exist: the git hook."""

from stillroom.hook import main

raise SystemExit(main())
