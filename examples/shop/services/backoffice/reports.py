"""Reports for the office. Safe look-alikes: nothing in this file is a weakness."""
import hashlib
import os
import sqlite3
import subprocess

COLUMNS = {"name": "name", "price": "price"}


def products(order_by):
    # A column cannot be bound; the table above decides what may be one.
    column = COLUMNS[order_by]
    with sqlite3.connect("catalog.db") as db:
        return db.execute(f"SELECT name, price FROM products ORDER BY {column}").fetchall()


def archive(name):
    # A list of arguments: no shell reads the name.
    subprocess.run(["tar", "-czf", "/var/backups/report.tar.gz", "--", name], check=True)


def etag(body):
    # Not for security: only tells a browser whether a page changed.
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def password():
    return os.environ["BACKOFFICE_PASSWORD"]
