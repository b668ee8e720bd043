"""Fetches pictures of suppliers, so that browsers need not talk to them."""
import requests
from urllib.parse import urlparse

SUPPLIERS = {"img.supplier.example", "cdn.supplier.example"}


def fetch(url):
    # Planted: any address is fetched, also 169.254.169.254 and hosts of the cluster.
    answer = requests.get(url, timeout=5, verify=False)
    return answer.content, answer.headers.get("Content-Type", "image/jpeg")


def fetch_known(url):
    # Safe look-alike: only listed hosts, only https, no redirects.
    parts = urlparse(url)
    if parts.scheme != "https" or parts.hostname not in SUPPLIERS:
        raise ValueError("unknown supplier")
    answer = requests.get(url, timeout=5, allow_redirects=False)
    return answer.content, answer.headers.get("Content-Type", "image/jpeg")
