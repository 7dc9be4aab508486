"""What the tests run as a program: it does as the file `mood` in its folder says, and keeps effects in `effects`."""
import fcntl
import json
import os
import sys
import time

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def mood():
    try:
        with open(path("mood")) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def once(name):
    """A mood that holds for one batch."""
    if mood() != name:
        return False
    os.remove(path("mood"))
    return True


def effects():
    try:
        with open(path("effects")) as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def keep(item, n):
    with open(path("effects"), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if any(known["effectKey"] == item["effectKey"] for known in effects()):
            return
        file.write(json.dumps({"effectKey": item["effectKey"], "n": n, "text": item["data"].get("text")}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def answer(operation, item):
    data = item["data"]
    if data.get("text") == "a text that is refused":
        return {"error": "no such text"}
    if data.get("text") == "a text that kills":
        os._exit(7)
    if operation == "add":
        keep(item, data["n"])
        return {"result": None}
    try:
        with open(path("text-%d" % data["n"]), encoding="utf-8", newline="") as file:
            known = file.read()
    except FileNotFoundError:
        return {"error": "%d is not known" % data["n"]}
    keep(item, data["n"])
    if known == "garbled":
        return {"result": {"n": "no number"}}
    return {"result": {"n": data["n"], "text": known}}


if mood() == "down":
    print("the target is away", file=sys.stderr)
    sys.exit(3)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    while mood() == "stall":
        time.sleep(0.01)
    if mood() == "down":
        sys.exit(3)
    batch = json.loads(line)
    answers = [answer(batch["operation"], item) for item in batch["items"]]
    if once("lose"):
        sys.exit(4)
    text = json.dumps({"answers": answers})
    if once("cut"):
        sys.stdout.write(text[: len(text) // 2])
        sys.stdout.flush()
        sys.exit(4)
    if once("empty"):
        text = ""
    print(text, flush=True)
