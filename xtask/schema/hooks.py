"""What the document cannot say: codes that hold, people who are there, and how we write an integer."""

import os

import schemathesis
from hypothesis import strategies

CARDS = os.environ["TILLBEAM_CARDS"].split(",")
CUSTOMERS = int(os.environ["TILLBEAM_CUSTOMERS"])


# Sheets of customers that can be imported, again and again.
schemathesis.openapi.media_type(
    "text/csv", strategies.sampled_from([b"name\nLi\n", b"name,wash,CNY_bonus,CNY_expires\nWu,3,1.50,2027-12-31\n"])
)


def as_written(value):
    """JSON Schema calls 5.0 an integer; the contract writes integers without a point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: as_written(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_written(item) for item in value]
    return value


@schemathesis.hook
def map_body(context, body):
    body = as_written(body)
    if isinstance(body, dict) and isinstance(body.get("code"), str) and len(body["code"]) == 27:
        # Most well-formed codes become one of a printed card, so that redemptions are reached.
        if body["code"][-1] != "0":
            body["code"] = CARDS[int.from_bytes(body["code"].encode()) % len(CARDS)]
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if not isinstance(body, dict):
        return
    # What would end the run for everybody else: a first owner, after whom each call has to name an operator; the
    # terminal without its token; a shop without cards; customers who are gone.
    if body.get("role") == "owner":
        body["role"] = "cashier"
    for name, value in (("itself", False), ("cards", True), ("force", False)):
        if isinstance(body.get(name), bool):
            body[name] = value
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    # Whose it is says a code or a customer, never both and never neither; a PIN goes with a code. Nobody gives to
    # themselves.
    if case.operation.path.endswith("/redemptions"):
        if body.get("code") is None and body.get("customer") is None:
            body["code"] = CARDS[0]
        body.pop("customer" if body.get("code") is not None else "pin", None)
    # An address that can be read is more than a text of some length.
    if isinstance(body.get("url"), str):
        body["url"] = f"https://shop.example/{len(body['url'])}"
    if "to" in body and str(body["to"]) == str((case.path_parameters or {}).get("id")):
        body["to"] = 1 + body["to"] % CUSTOMERS


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    customer = (path_parameters or {}).get("id")
    if isinstance(customer, int) and customer > 0:
        path_parameters["id"] = 1 + customer % CUSTOMERS
    return path_parameters


@schemathesis.hook
def map_query(context, query):
    # A long poll would wait for an event that nobody makes.
    if isinstance(query, dict) and "wait" in query:
        query["wait"] = 0 if isinstance(query["wait"], int) else query["wait"]
    return query
