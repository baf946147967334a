#!/usr/bin/env python3
"""A placer of thirty lines: CPU and memory, spread and binpack, ties by order. Hold it to the laws of placement:

    stowplan laws --placer 'python3 examples/placer.py'
"""
import json
import sys

nodes, tasks = {}, {}  # what is left of each instance, and where each task is


def place(task):
    kept = [n for n in nodes.values() if n["cpu"] >= task["cpu"] and n["memory"] >= task["memory"]]
    for rule in task["placementStrategy"]:
        if rule["type"] == "binpack":
            score = lambda n: n[rule["field"]]
        else:
            bucket = lambda n: n["name"] if rule["field"] == "instanceId" else n["attributes"].get(rule["field"][10:], 0)
            count = [bucket(nodes[i]) for i, t in tasks.values() if t["group"] == task["group"]].count
            score = lambda n: count(bucket(n))
        least = min(map(score, kept), default=0)
        kept = [n for n in kept if score(n) == least]
    if not kept:
        return {"instance": None}
    book(kept[0], task, 1)
    tasks[task["name"]] = (kept[0]["name"], task)
    return {"instance": kept[0]["name"]}


def book(node, task, sign):
    for resource in ("cpu", "memory"):
        node[resource] -= sign * task[resource]


for line in sys.stdin:
    question, answer = json.loads(line), {}
    if question["op"] == "hello":
        answer = {"capabilities": ["spread", "binpack"], "tieBreak": "order"}
    elif question["op"] == "reset":
        nodes, tasks = {}, {}
    elif question["op"] == "register":
        node = question["instance"]
        if node["agentConnected"]:
            nodes[node["name"]] = node
    elif question["op"] == "place":
        answer = place(question["task"])
    elif question["op"] == "stop":
        name, task = tasks.pop(question["task"])
        book(nodes[name], task, -1)
    print(json.dumps(answer), flush=True)
