from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase


class Catalogue(DeclarativeBase):
    """The tables of the first database."""


class Orders(DeclarativeBase):
    """The tables of the second one."""


class Product(Catalogue):
    __tablename__ = "products"
    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False)


class Order(Orders):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), nullable=False)
