"""Writes a valid run, with the standard library alone: python3 write_run.py runs run_1

The example of docs/format.md for writers in other languages: two instances of
one scenario, the second of which fails.
"""

import hashlib
import json
import math
import os
import sys
from datetime import datetime, timezone


def now():
    time = datetime.now(timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def sync_dir(path):
    if os.name == "nt":
        return  # Windows has no such verb.
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_whole(path, value):
    """All of the file or nothing: a temporary file, a sync, a rename."""
    with open(path + ".tmp", "x", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)
    sync_dir(os.path.dirname(path))


def append(file, record):
    """One line, handed to the system at once. The newline commits it."""
    line = json.dumps(record, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    file.write(line.encode() + b"\n")
    file.flush()


def ids_of(nonce, instance_id):
    """The correlation id of an instance, and the span id of its first step."""
    digits = hashlib.sha256(f"{nonce}\n{instance_id}".encode()).hexdigest()
    return digits[:32], digits[32:48]


def percentile(values, q):
    return sorted(values)[int(q * (len(values) - 1))] if values else None


def sketch(values):
    """A DDSketch with a relative error of 1 %."""
    gamma = 1.01 / 0.99
    buckets = {}
    for value in values:
        index = str(math.ceil(math.log(value) / math.log(gamma)))
        buckets[index] = buckets.get(index, 0) + 1
    return {"relative_error": 0.01, "zero_count": 0, "buckets": buckets}


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def seal(run):
    """What the other files hold, so that a later change is found."""
    files = {}
    for name in ["manifest.json", "instances.jsonl", "steps.jsonl",
                 "assertions.jsonl"]:
        path = os.path.join(run, name)
        with open(path, "rb") as file:
            content = file.read()
        files[name] = {
            "bytes": len(content),
            "lines": content.count(b"\n"),
            "sha256": sha256_of(path),
        }
    files["started.jsonl"] = None  # Everything completed.
    artifacts = os.path.join(run, "artifacts")
    count = size = total = 0
    for instance_id in os.listdir(artifacts):
        for name in os.listdir(os.path.join(artifacts, instance_id)):
            path = os.path.join(artifacts, instance_id, name)
            entry = f"{instance_id}/{name}\n{sha256_of(path)}"
            digest = hashlib.sha256(entry.encode()).digest()
            total += int.from_bytes(digest, "big")
            count += 1
            size += os.path.getsize(path)
    files["artifacts"] = {
        "files": count,
        "bytes": size,
        "sha256": f"{total % 2**256:064x}",
    }
    return files


def main(directory, run_id):
    run = os.path.join(directory, run_id)
    os.makedirs(directory, exist_ok=True)
    os.mkdir(run)  # Fails where the run is there already.
    os.mkdir(os.path.join(run, "artifacts"))
    nonce = os.urandom(16).hex()
    started_at = now()

    def open_lines(name):
        return open(os.path.join(run, name), "xb")

    with open_lines("instances.jsonl") as instances, \
            open_lines("steps.jsonl") as steps, \
            open_lines("assertions.jsonl") as assertions, \
            open_lines("started.jsonl") as started:
        sync_dir(run)
        manifest = {
            "format_version": 1,
            "run_id": run_id,
            "nonce": nonce,
            "timestamp": started_at,
            "sut_name": "ecommerce",
            "scenario_ids": ["checkout"],
            "seed": 42,
            "config": {"language": "Python"},
            "durability": "instance",
            "shard": None,
            "merged_from": [],
            "created_by": "write_run.py@1",
        }
        write_whole(os.path.join(run, "manifest.json"), manifest)
        sync_dir(directory)

        latencies = []
        for number, status_code in enumerate([201, 500], start=1):
            passed = status_code == 201
            instance_id = f"inst_{number:03}"
            correlation_id, span_id = ids_of(nonce, instance_id)
            ids = {
                "instance_id": instance_id,
                "run_id": run_id,
                "correlation_id": correlation_id,
            }
            began = now()
            start = {
                "scenario_id": "checkout",
                "instance_key": f"user-{number}",
                "retry_of": None,
                "started_at": began,
            }
            append(started, {**ids, **start, "entry_data": {"user": number}})
            latency_ms = 12.5 * number
            latencies.append(latency_ms)

            # The file before the line that lists it.
            artifact = f"artifacts/{instance_id}/step_001_request.json"
            os.mkdir(os.path.join(run, "artifacts", instance_id))
            with open(os.path.join(run, artifact), "x", encoding="utf-8") as file:
                json.dump({"method": "POST", "url": "/carts"}, file, indent=2)
            append(steps, {
                **ids,
                "step_index": 0,
                "step_name": "add_to_cart",
                "step_type": "http",
                "span_id": span_id,
                "timestamp": began,
                "observation": {
                    "ok": passed,
                    "status_code": status_code,
                    "latency_ms": latency_ms,
                    "body": {"text": "zwölf\nLinien"},
                },
                "artifacts": [artifact],
            })
            append(assertions, {
                **ids,
                "step_index": 0,
                "assertion_name": "status",
                "passed": passed,
                "expected": 201,
                "actual": status_code,
                "message": "",
                "timestamp": now(),
            })

            # An instance's line stands for all its steps and assertions.
            os.fsync(steps.fileno())
            os.fsync(assertions.fileno())
            append(instances, {
                **ids,
                **start,
                "completed_at": now(),
                "duration_ms": latency_ms,
                "passed": passed,
                "entry_data": {"user": number},
                "error": None,
            })
            os.fsync(instances.fileno())

    counts = {
        "total_instances": 2,
        "pass_count": 1,
        "fail_count": 1,
        "skip_count": 0,
        "error_count": 0,
        "flaky_count": 0,
    }
    # Everything completed: nothing is left of what was started.
    os.remove(os.path.join(run, "started.jsonl"))
    completed_at = now()
    start = datetime.fromisoformat(started_at[:-1])
    end = datetime.fromisoformat(completed_at[:-1])
    write_whole(os.path.join(run, "summary.json"), {
        "run_id": run_id,
        "status": "completed",
        "completed_at": completed_at,
        "duration_ms": (end - start).total_seconds() * 1000,
        **counts,
        "incomplete_count": 0,
        "pass_rate": 50,
        "total_steps": 2,
        "failed_steps": 1,
        "total_assertions": 2,
        "assertions_passed": 1,
        "assertions_failed": 1,
        "p50_latency_ms": percentile(latencies, 0.50),
        "p95_latency_ms": percentile(latencies, 0.95),
        "p99_latency_ms": percentile(latencies, 0.99),
        "latency_sketch": sketch(latencies),
        "scenarios": {
            "checkout": {**counts, "latency_sketch": sketch(latencies)},
        },
        "files": seal(run),
    })


if __name__ == "__main__":
    main(*sys.argv[1:])
