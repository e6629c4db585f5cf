"""Load: Entra's traffic at a constant rate, from one process or from many, on Locust, in processes of its own.

Locust changes Python's sockets and threads when it is imported, so nothing outside this room imports it, and the
modules that do (``worker``, ``wire``, ``crew``, ``__main__`` and ``locustfile``) are imported in load processes only.
"""
