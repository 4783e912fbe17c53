"""An engine and a base by other names."""

from pathlib import Path

from sqlalchemy import create_engine

connectable = create_engine(f"sqlite:///{Path(__file__).parents[1] / 'shop.db'}")
