"""A function that prints so many rows that its log fills several pages, and then raises."""


def handler(event, context):
    for row in range(event["rows"]):
        print(f"row {row}")
    raise ValueError("raised after the flood")
