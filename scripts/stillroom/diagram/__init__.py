"""Draws the tables of a catalog, or what changes between two, as Mermaid, DOT or SVG."""

from stillroom.diagram.builder import of_catalog, of_change
from stillroom.diagram.dot import as_dot
from stillroom.diagram.mermaid import as_mermaid
from stillroom.diagram.model import Diagram
from stillroom.diagram.svg import as_svg

__all__ = ["Diagram", "as_dot", "as_mermaid", "as_svg", "of_catalog", "of_change"]
