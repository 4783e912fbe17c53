"""What resolving a type depends on besides the type as written."""

from __future__ import annotations

from stillroom.catalog.errors import DDLError, syntax_error
from stillroom.catalog.parser.syntax import TypeSpec
from stillroom.catalog.record import record
from stillroom.catalog.session import Session
from stillroom.catalog.target import Target


@record
class TypeScope:
    """What a type depends on: the server, the table's collation, the column's name."""

    target: Target
    session: Session
    collation: str
    column: str
    statement: str


def wrong_size(spec: TypeSpec, scope: TypeScope) -> DDLError:
    """What the server says to a size that the grammar does not have for the type."""
    return syntax_error(scope.target.product, scope.statement, spec.position)
