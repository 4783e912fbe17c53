"""``completion``: print what completes our commands in a shell."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace

from stillroom.console.arguments import global_parser, parser_of
from stillroom.errors import StillroomError
from stillroom.render.completion import SHELLS, Option, Words
from stillroom.verbs import VERBS


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", nargs="?", default="", help=", ".join(SHELLS))


def run(args: Namespace) -> int:
    if args.shell not in SHELLS:
        what = f"shell: {args.shell!r} is none of" if args.shell else "which shell?"
        raise StillroomError(
            f"{what} {', '.join(SHELLS)}", fix="source <(stillroom completion bash)"
        )
    verbs = {verb: _words(verb) for verb in VERBS}
    before = [_option(action) for action in global_parser()._actions if action.option_strings]
    print(SHELLS[args.shell](verbs, before), end="")
    return 0


def _words(verb: str) -> Words:
    actions = parser_of(verb)._actions
    positional = [action for action in actions if not action.option_strings]
    choices = tuple(str(word) for action in positional for word in action.choices or ())
    if any(action.dest == "rev" for action in positional):
        choices += ("head", "base")
    if verb == "completion":
        choices = tuple(SHELLS)
    options = [_option(action) for action in actions if action.option_strings]
    return Words(VERBS[verb].summary, options, choices)


def _option(action: Action) -> Option:
    return Option(
        tuple(action.option_strings),
        action.nargs != 0,
        tuple(map(str, action.choices or ())),
        (action.help or "").replace("%%", "%"),
    )
