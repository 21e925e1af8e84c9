"""The report of tools/bench has the form that docs/performance.md promises."""
import json
import sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
assert set(report) == {"machine", "commit", "workloads"}, set(report)
names = [one["name"] for one in report["workloads"]]
assert len(names) == len(set(names)) and len(names) >= 20, names
for one in report["workloads"]:
    assert one["min"] <= one["median"] <= one["max"], one
    assert one["median"] > 0, one
    assert (one["limit"] is None) == (one["ratio"] is None), one
    for check in one["checks"]:
        holds = check["value"] <= check["target"]
        if check["op"] == ">=":
            holds = check["value"] >= check["target"]
        assert check["op"] in ("<=", ">=") and check["met"] == holds, check
    assert one["met"] == all(check["met"] for check in one["checks"]), one
