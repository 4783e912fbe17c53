"""Whether the release that runs shows that a contract revision may run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from stillroom.errors import StillroomError
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import Repository
from stillroom.project.settings import DEFAULT_TARGET, Settings
from stillroom.release.compatibility import problems
from stillroom.release.models import Release, release_reader
from stillroom.replay import History
from stillroom.replay.revisions.contracts import NOT_SAID
from stillroom.replay.steps import ancestors
from stillroom.staged.workspace import project_history


def reasons_to_wait(
    settings: Settings, heads: Collection[str], *, contract: bool
) -> Mapping[str, str]:
    """Why each contract revision behind ``heads`` has to wait, or "" for one that need not.

    None has to if ``contract`` says so, or in a database without a revision, as no code runs there.
    The release that runs, if it
    is set, shows something only if the expand has been applied before; if that release is another
    commit than the one that is at hand, and has the expand; and if its models run behind the
    contract as they did before. It is asked in a process of its own.
    """
    if contract or not heads:
        return {}
    return in_fresh_process(lambda: _reasons(settings, heads))


def _reasons(settings: Settings, heads: Collection[str]) -> Mapping[str, str]:
    with release_reader() as read, project_history(settings, accepting=False) as history:
        known = tuple(head for head in heads if head in history.revisions)
        behind = ancestors(history.project.scripts, known)
        pending = history.revisions.keys() - behind
        waiting = [name for name in pending if history.revisions[name].source.contract is not None]
        name = settings.running_release
        if not waiting:
            return {}
        if not name:
            return dict.fromkeys(waiting, NOT_SAID)
        try:
            release = read(settings.root, name, settings.target or DEFAULT_TARGET)
        except StillroomError as error:
            why = f"the setting release cannot be used: {error.first_line}"
            return dict.fromkeys(waiting, why)
        return {
            contract: _reason(history, settings, release, contract, pending) for contract in waiting
        }


def _reason(
    history: History, settings: Settings, release: Release, contract: str, pending: Collection[str]
) -> str:
    source = history.revisions[contract].source
    expand = str(source.contract)
    if expand in pending:
        return f"its expand revision {expand} has not run yet"
    repository = Repository.find(settings.root)
    if repository is not None and repository.commit("HEAD") == release.commit:
        return f"{release.words} is what is checked out, and says nothing of what ran before it"
    known = tuple(head for head in release.heads if head in history.revisions)
    if expand not in ancestors(history.project.scripts, known):
        return f"{release.words} does not have the expand revision {expand}"
    before = history.state_at(",".join(source.down_revision))
    after = history.move(before, contract)
    new = set(problems(release, after.catalog)) - set(problems(release, before.catalog))
    broken = sorted(problem for problem in new if not problem.may)
    return f"{release.words} {broken[0].what}" if broken else ""
