import os

from flask import Flask

from shop.extensions import db, migrate


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get(
        "SHOP_DB", "mysql+pymysql://nobody@127.0.0.1:9/shop"
    )
    db.init_app(app)
    migrate.init_app(app, db)
    from shop import models  # noqa: F401

    return app
