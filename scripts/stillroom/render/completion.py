"""Writes what completes our commands in a shell: verbs, options and their choices."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stillroom.errors import printable


@dataclass(frozen=True)
class Option:
    """One option: its names, whether a value follows, from which choices, and what it is for."""

    names: tuple[str, ...]
    takes_value: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Words:
    """What may follow a verb: ``words`` are choices of its positional arguments."""

    summary: str
    options: Sequence[Option]
    words: tuple[str, ...] = ()

    @property
    def all(self) -> list[str]:
        """All that may be typed."""
        return [*self.words, *(name for option in self.options for name in option.names)]


Verbs = Mapping[str, Words]

_BASH = """\
# To use it: source <(stillroom completion bash)
_stillroom() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} verb="" words="" i
    # bash takes --format=json for three words.
    if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            {valued}) ((i++)) ;;
            -*) ;;
            *) verb=${{COMP_WORDS[i]}}; break ;;
        esac
    done
    case $verb:$prev in
{choices}
    esac
    case $verb in
        "") words={verbs} ;;
{words}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -o default -F _stillroom stillroom
"""
_ZSH = """\
#compdef stillroom
# To use it: source <(stillroom completion zsh), behind compinit
_stillroom() {{
    local verb="" files=_files i
    local -a verbs options
    for ((i = 2; i < CURRENT; i++)); do
        case $words[i] in
            ({valued}) ((i++)) ;;
            (-*) ;;
            (*) verb=$words[i]; break ;;
        esac
    done
    case $verb:$words[CURRENT-1] in
{choices}
    esac
    case $verb in
        ('')
            verbs=({verbs})
            options=({options})
            _describe -t verbs verb verbs && files=: ;;
{words}
        (*) _files; return ;;
    esac
    _describe -o -t options option options || $files
}}
# As a file in a folder of $fpath it is run at the first TAB.
if [[ $funcstack[1] == _stillroom ]]; then _stillroom "$@"; else compdef _stillroom stillroom; fi
"""
_FISH = "# To use it: stillroom completion fish | source"


def as_bash(verbs: Verbs, before: Sequence[Option]) -> str:
    """For bash 4 or newer; ``before`` are the options that stand before a verb."""
    every = [*verbs, *_names(before)]
    choices = (
        f"        {places})"
        f' mapfile -t COMPREPLY < <(compgen -W {shlex.quote(values)} -- "$cur"); return ;;'
        for places, values in _chosen(verbs)
    )
    words = (f"        {verb}) words={_words(known.all)} ;;" for verb, known in verbs.items())
    return _BASH.format(
        valued="|".join(_names(option for option in before if option.takes_value)),
        choices="\n".join(choices),
        verbs=_words(every),
        words="\n".join(words),
    )


def as_zsh(verbs: Verbs, before: Sequence[Option]) -> str:
    """For zsh."""
    choices = (
        f"        ({places}) compadd -- {values}; return ;;" for places, values in _chosen(verbs)
    )
    words = (
        f"        ({verb}) options=({_described(known.options)})"
        + (f"; compadd -- {' '.join(known.words)} && files=:" if known.words else "")
        + " ;;"
        for verb, known in verbs.items()
    )
    return _ZSH.format(
        valued="|".join(_names(option for option in before if option.takes_value)),
        choices="\n".join(choices),
        verbs=" ".join(_with_help(verb, known.summary) for verb, known in verbs.items()),
        options=_described(before),
        words="\n".join(words),
    )


def as_fish(verbs: Verbs, before: Sequence[Option]) -> str:
    """For fish."""
    no_verb = f"not __fish_seen_subcommand_from {' '.join(verbs)}"
    lines = [_FISH]
    lines += [_fish(no_verb, *_fish_option(option)) for option in before]
    for verb, known in verbs.items():
        lines.append(_fish(no_verb, "-f", "-a", verb, "-d", known.summary))
    for verb, known in verbs.items():
        seen = f"__fish_seen_subcommand_from {verb}"
        lines += [_fish(seen, "-f", "-a", word) for word in known.words]
        lines += [_fish(seen, *_fish_option(option)) for option in known.options]
    return "\n".join(lines) + "\n"


SHELLS: Mapping[str, Callable[[Verbs, Sequence[Option]], str]] = {
    "bash": as_bash,
    "zsh": as_zsh,
    "fish": as_fish,
}


def _fish(condition: str, *arguments: str) -> str:
    quoted = " ".join(map(shlex.quote, arguments))
    return f"complete -c stillroom -n {shlex.quote(condition)} {quoted}"


def _fish_option(option: Option) -> Iterator[str]:
    for name in option.names:
        yield from ("-l", name[2:]) if name.startswith("--") else ("-s", name[1:])
    if option.choices:
        yield from ("-x", "-a", " ".join(option.choices))
    elif option.takes_value:
        yield "-r"
    if option.help:
        yield from ("-d", _one_line(option.help))


def _chosen(verbs: Verbs) -> Iterator[tuple[str, str]]:
    """Where the value of an option is one of several: ``verb:--option``, and the values."""
    for verb, known in verbs.items():
        for option in known.options:
            if option.choices:
                places = "|".join(f"{verb}:{name}" for name in option.names)
                yield places, " ".join(map(shlex.quote, option.choices))


def _names(options: Iterable[Option]) -> list[str]:
    return [name for option in options for name in option.names]


def _words(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))


def _described(options: Iterable[Option]) -> str:
    return " ".join(_with_help(name, option.help) for option in options for name in option.names)


def _with_help(word: str, text: str) -> str:
    return shlex.quote(f"{word}:{_one_line(text)}")


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
