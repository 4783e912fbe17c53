"""The application's database: ``DB_URL``, ``engine`` and the ``Base`` of all models.

``DB_URL`` comes from the environment, then from ``.env`` beside ``alembic.ini``: either whole, or
from ``DB_DRIVER``, ``DB_HOST``, ``DB_PORT``, ``DB_USER``, ``DB_PASSWORD`` and ``DB_NAME``, in which
no character needs escaping. With neither, it is an SQLite file inside the project.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy import URL, Engine, MetaData, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase

import app.database.sqlite_types  # noqa: F401  # registers how MySQL types compile on SQLite

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = URL.create("sqlite", database=str(ROOT / "app.db"))


def database_url(settings: Mapping[str, str | None]) -> URL:
    """The URL that ``settings`` describe. Raises ValueError or ArgumentError if they do not."""
    if whole := settings.get("DB_URL"):
        return make_url(whole)
    if not (settings.get("DB_HOST") or settings.get("DB_NAME")):
        return EMBEDDED
    port = settings.get("DB_PORT")
    return URL.create(
        settings.get("DB_DRIVER") or "mysql+pymysql",
        username=settings.get("DB_USER") or None,
        password=settings.get("DB_PASSWORD") or None,
        host=settings.get("DB_HOST") or None,
        port=int(port) if port else None,
        database=settings.get("DB_NAME") or None,
    )


# Without interpolation: "${" in a password is no variable.
DB_URL = database_url({**dotenv_values(ROOT / ".env", interpolate=False), **os.environ})

engine: Engine | AsyncEngine = (
    create_async_engine(DB_URL) if DB_URL.get_dialect().is_async else create_engine(DB_URL)
)


class Base(DeclarativeBase):
    """The base of all models. Named constraints can be dropped again, on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
