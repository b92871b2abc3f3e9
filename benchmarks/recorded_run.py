#!/usr/bin/env python3
"""How long a run of many recorded trials takes to report and to resume, and with how much memory.

    benchmarks/recorded_run.py [--trials 100000] [--writers 16]

The plan is the command's own; the records are made up. Needs the tests' worker that computes nothing.
"""
import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib

BUILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build", "release")

FILE = """qsweep: 1
name: many
finetune: {{epochs: 1}}
policies:
  all:
    - type: [Conv2d, Linear]
      weight: {{quantizer: uniform, bits: $w}}
      output: {{quantizer: uniform, bits: $a}}
matrix:
  model: [residual]
  policy: [all]
  w: {bits}
  a: {bits}
  seed: {seeds}
"""


def measured(command, folder, environment):
    """Seconds, seconds of the processor, and the peak of memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"{' '.join(command)} ended with {code}: {errors.decode()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def record(trial, is_float):
    lost = 0 if is_float else int(trial[:4], 16) % 500
    evaluation = {"images": 10000, "top1": 90 - lost / 100, "top5": 99.5, "loss": 0.5 + lost / 1000}
    return {"trial": trial, "failed": False, "images_won": 0, "images_lost": lost,
            "seconds": {"calibrate": 1.5, "evaluate": 12.25, "finetune": 80.125, "load": 0.5},
            "images_per_second": 812.5, "peak_memory": 512 << 20, "host": "node17",
            "ptq": evaluation, "final": evaluation, "top1_best": evaluation["top1"],
            "sqnr_db": 21.5, "at": 1764000000000}


def line(entry):
    text = json.dumps(entry, separators=(",", ":"), sort_keys=True)
    return f'{text[:-1]},"crc":"{zlib.crc32(text.encode()):08x}"}}\n'


def write_journal(run, writers):
    os.makedirs(f"{run}/journal", exist_ok=True)
    files = [open(f"{run}/journal/slice{i}.box.1.w1.jsonl", "w") for i in range(writers)]
    count = 0
    with open(f"{run}/plan.jsonl") as plan:
        next(plan)
        for text in plan:
            trial = json.loads(text)
            files[count % writers].write(line(record(trial["id"], trial["id"] == trial["float_trial"])))
            count += 1
    for file in files:
        file.close()
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=100000)
    parser.add_argument("--keep", metavar="DIR", help="make the run there, and leave it")
    parser.add_argument("--writers", type=int, default=16, help="files of the journal")
    arguments = parser.parse_args()
    bits = list(range(2, 17))
    seeds = list(range(-(-arguments.trials // len(bits) ** 2)))
    command = f"{BUILD}/bin/qsweep"
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/many.yaml", "w") as file:
            file.write(FILE.format(bits=bits, seeds=seeds))
        worker = subprocess.run(["find", BUILD, "-name", "qsweep_fake_worker", "-type", "f"],
                                capture_output=True, text=True, check=True).stdout.strip()
        environment = dict(os.environ, QSWEEP_WORKER=worker, QSWEEP_CACHE=f"{folder}/cache")
        planned = measured([command, "many.yaml", "--on", "parallel", "--print"], folder, environment)
        count = write_journal(f"{folder}/results/many", arguments.writers)
        print(f"{count} recorded trials, {arguments.writers} files of the journal")
        steps = [("plan and freeze", planned),
                 ("report", measured([command, "report", "results/many"], folder, environment)),
                 ("report --format csv",
                  measured([command, "report", "results/many", "--format", "csv"], folder, environment)),
                 ("resume", measured([command, "many.yaml", "-q"], folder, environment)),
                 ("worker --merge",
                  measured([command, "worker", "results/many", "--merge"], folder, environment)),
                 ("status", measured([command, "status", "results/many"], folder, environment))]
        for name, (seconds, processor, megabytes) in steps:
            print(f"{name:20} {seconds:6.2f} s ({processor:5.2f} s of the processor) {megabytes:6.0f} MB")


if __name__ == "__main__":
    main()
