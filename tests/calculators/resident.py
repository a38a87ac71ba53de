"""A resident calculator of the tests, written as a user would: JSON lines, no flushing.

    resident.py MODE      good, nan, error, missing, crash (at the 5th point), garbage, wrong-id, ...
"""
import json
import os
import sys
import time

mode = sys.argv[1] if len(sys.argv) > 1 else "good"

if mode == "no-start":
    sys.exit("no such table")
if mode == "no-greeting":
    time.sleep(1000)
if mode == "bad-greeting":
    print("Welcome to the model!")
elif mode == "version-2":
    print(json.dumps({"theodolite": 2}))
else:
    print(json.dumps({"theodolite": 1, "name": "tester", "version": "0.3"}))

n = 0
bunch = []
for line in sys.stdin:
    question = json.loads(line)
    n += 1
    m0 = question["in"]["m0"]
    answer = {"id": question["id"], "out": {"mh": 100 + m0 / 100, "list": [1, {"x": m0}], "n": n}}
    if mode == "whole":
        answer["out"]["mh"] = [0, 10, 20, 30][question["in"]["n"]] + isinstance(m0, float)
    if mode == "crash" and m0 == 504:
        os.abort()
    if mode == "exit" and m0 == 504:
        print("giving up", file=sys.stderr)
        sys.exit(3)
    if mode == "garbage" and m0 == 504:
        print("now computing ...")
    if mode == "wrong-id" and m0 == 504:
        answer["id"] = 99999
    if mode == "hang" and m0 == 504:
        time.sleep(1000)
    if mode == "error" and m0 == 504:
        answer = {"id": question["id"], "error": "no EWSB"}
    if mode == "nan" and m0 == 504:
        answer["out"]["mh"] = float("nan")
    if mode == "missing" and m0 == 504:
        del answer["out"]["mh"]
    if mode == "null" and m0 == 504:
        answer["out"] = None
    if mode == "close" and m0 == 504:
        os.close(1)
        time.sleep(1000)
    if mode == "long-line" and m0 == 504:
        print("x" * 3000000)
    if mode == "flaky" and m0 == 504 and not os.path.exists(sys.argv[2]):
        open(sys.argv[2], "w").close()
        os.abort()
    if mode == "noisy":
        print("m0 is", m0, "x" * 5000, file=sys.stderr)
    if mode == "bunch":
        bunch.append(json.dumps(answer))
        if n % 10 == 0:
            time.sleep(0.05)
            sys.stdout.write("\n".join(bunch) + "\n")
            bunch = []
        continue
    print(json.dumps(answer))
    if mode == "one-shot":
        sys.exit(0)
