"""Catalogue of the demonstration shop. DELIBERATELY VULNERABLE: never deploy.

Routes:
  GET  /products?q=TEXT        search by name                    (SQL injection, see store.py)
  GET  /products/<id>          one product                       (safe: bound parameter)
  GET  /products/<id>/card?greeting=TEXT   product card as HTML  (template injection)
  GET  /image?url=URL          fetches a picture for the browser (SSRF, see images.py)
  POST /import                 takes over products from YAML     (unsafe deserialisation)
  POST /register               creates an account                (weak hash)
"""
import hashlib

import yaml
from flask import Flask, jsonify, render_template_string, request

import images
import store

app = Flask(__name__)
app.config.update(yaml.safe_load(open("config.yaml")))


@app.route("/products")
def search():
    wanted = request.args.get("q", "")
    return jsonify(store.search(wanted))


@app.route("/products/<int:number>")
def product(number):
    found = store.by_number(number)
    return (jsonify(found), 200) if found else (jsonify(error="no such product"), 404)


@app.route("/products/<int:number>/card")
def card(number):
    found = store.by_number(number) or {"name": "nothing", "price": 0}
    greeting = request.args.get("greeting", "Welcome")
    page = "<h1>" + greeting + "</h1><p>{{ name }}: {{ price }}</p>"
    return render_template_string(page, **found)


@app.route("/image")
def image():
    body, kind = images.fetch(request.args["url"])
    return body, 200, {"Content-Type": kind}


@app.route("/import", methods=["POST"])
def take_over():
    products = yaml.load(request.data, Loader=yaml.Loader)
    return jsonify(imported=store.insert_all(products))


@app.route("/register", methods=["POST"])
def register():
    form = request.form
    digest = hashlib.md5(form["password"].encode()).hexdigest()
    store.add_account(form["name"], digest)
    return jsonify(created=form["name"]), 201


if __name__ == "__main__":
    store.prepare()
    app.run(host="0.0.0.0", port=8001, debug=True)
