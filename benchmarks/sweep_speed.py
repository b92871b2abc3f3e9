#!/usr/bin/env python3
"""What two workers gain over one, and what a sweep costs beside its trials.

    benchmarks/sweep_speed.py [--limit N] [--runs 1]

24 trials of ResNet-20 on the synthetic images. `-j 1` on one core, then `-j 2` on two. "Beside its
trials" is the time of the `-j 1` command that no stage of any trial accounts for (timings.csv): planning,
workers' starts, scheduling, journals; told per trial of a second, beside 24 such trials. The same again
with the tests' worker that computes nothing, whose trials sleep for a second.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.path.join(ROOT, "build", "release")
COMMAND = f"{BUILD}/bin/qsweep"

REAL = f"""qsweep: 1
name: speed
data: {{name: synthetic}}
policies:
  conv_linear:
    - type: [Conv2d, Linear]
      weight: {{quantizer: uniform, bits: $bits, granularity: per_channel}}
      output: {{quantizer: uniform, bits: $bits}}
  every_step:
    - type: "*"
      output: {{quantizer: uniform, bits: $bits}}
    - type: [Conv2d, Linear]
      weight: {{quantizer: uniform, bits: $bits, granularity: per_channel}}
matrix:
  model: [{{model: resnet20, weights: {ROOT}/model_zoo/weights/resnet20_synthetic.pt}}]
  policy: [conv_linear, every_step]
  bits: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
exclude: [{{policy: conv_linear, bits: [13]}}]
"""

MADE_UP = """qsweep: 1
name: seconds
policies:
  all:
    - type: [Conv2d, Linear]
      weight: {quantizer: uniform, bits: $w}
      output: {quantizer: uniform, bits: $a}
matrix:
  model: [residual]
  policy: [all]
  w: [2, 3, 4, 5]
  a: [2, 3, 4, 5, 6, 7]
exclude: [{w: 5, a: 7}]
"""
TRIALS = 24


def run(file, folder, name, arguments, cores, environment):
    """Seconds of the whole command."""
    start = time.monotonic()
    done = subprocess.run(["taskset", "-c", cores, COMMAND, file, "-o", name, "-q", *arguments],
                          cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{file} {arguments} ended with {done.returncode}")
    return time.monotonic() - start


def seconds_of_stages(folder, name):
    with open(f"{folder}/{name}/timings.csv") as file:
        rows = list(csv.DictReader(file))
    stages = {row["trial"]: float(row["total_s"]) for row in rows}
    assert len(stages) == TRIALS, stages
    return sum(stages.values())


def told(seconds, trials_seconds):
    beside = seconds - trials_seconds
    return (f"{seconds:6.2f} s, of which {beside:5.2f} s beside the trials: "
            f"{100 * beside / TRIALS:.2f} % of {TRIALS} trials of a second")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--limit", help="evaluate on fewer images")
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    limit = ["--limit", arguments.limit] if arguments.limit else []
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, QSWEEP_CACHE=f"{folder}/cache")
        for name, text in [("real.yaml", REAL), ("seconds.yaml", MADE_UP)]:
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        run("real.yaml", folder, "warm", ["-j", "2", "--limit", "10"], "0,1", environment)
        for i in range(arguments.runs):
            one = run("real.yaml", folder, f"one{i}", ["-j", "1", *limit], "0", environment)
            print(f"one worker on one core    {told(one, seconds_of_stages(folder, f'one{i}'))}")
            two = run("real.yaml", folder, f"two{i}", ["-j", "2", *limit], "0,1", environment)
            print(f"two workers on two cores  {two:6.2f} s, {two / one:.3f} of that; wanted 0.6")
        fake = subprocess.run(["find", BUILD, "-name", "qsweep_fake_worker", "-type", "f"],
                              capture_output=True, text=True, check=True).stdout.strip()
        if fake:
            environment.update(QSWEEP_WORKER=fake, QSWEEP_FAKE='{"*": "second", "float": "second"}')
            slept = run("seconds.yaml", folder, "slept", ["-j", "1"], "0,1", environment)
            print(f"trials that sleep         {told(slept, TRIALS)}; wanted 2")


if __name__ == "__main__":
    main()
