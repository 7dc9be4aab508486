"""Tells the demand of the next month: the mean of the last three, rounded. One line in is a batch, one line out its answers."""
import json
import sys

import pandas

print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    batch = json.loads(line)
    items = batch["items"]
    months = pandas.DataFrame([item["data"]["used"][-3:] for item in items])
    means = months.mean(axis=1)
    answers = [
        {"error": "nothing was used yet"} if pandas.isna(mean) else {"result": {"next": round(float(mean))}}
        for mean in means
    ]
    print(json.dumps({"batch": batch["batch"], "answers": answers}), flush=True)
