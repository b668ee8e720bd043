"""Keeps products and accounts in SQLite."""
import sqlite3

PATH = "catalog.db"


def connect():
    connection = sqlite3.connect(PATH)
    connection.row_factory = sqlite3.Row
    return connection


def prepare():
    with connect() as db:
        db.execute("CREATE TABLE IF NOT EXISTS products (number INTEGER PRIMARY KEY, name TEXT, price INTEGER)")
        db.execute("CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, digest TEXT)")
        db.execute("INSERT OR IGNORE INTO products VALUES (1, 'Green tea', 4900), (2, 'Tea pot', 12900)")


def search(wanted):
    # Planted: what app.search() read from the address becomes part of the statement.
    statement = "SELECT number, name, price FROM products WHERE name LIKE '%{}%'".format(wanted)
    with connect() as db:
        return [dict(row) for row in db.execute(statement)]


def by_number(number):
    # Safe look-alike: the value is bound.
    with connect() as db:
        row = db.execute("SELECT number, name, price FROM products WHERE number = ?", (number,)).fetchone()
    return dict(row) if row else None


def insert_all(products):
    rows = [(product["name"], product["price"]) for product in products]
    with connect() as db:
        db.executemany("INSERT INTO products (name, price) VALUES (?, ?)", rows)
    return len(rows)


def add_account(name, digest):
    with connect() as db:
        db.execute("INSERT INTO accounts VALUES (?, ?)", (name, digest))
