#!/usr/bin/env python3
"""What the plan expects a worker to take, beside what one took: the limit that -j is kept within.

    benchmarks/worker_memory.py [MODEL ...]

One worker per trial, on the synthetic images; files that workers share are not counted.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build", "release", "bin", "qsweep")
MODELS = ["mlp", "lenet5", "resnet20", "resnet56", "vgg_small", "{model: resnet18, stem: small}", "mobilenet_v2"]

FILE = """qsweep: 1
name: memory
data: {{name: synthetic, images: 400}}
pretrain: {{epochs: 1, batch: 128}}
evaluate: {{batch: $batch, limit: 300}}
finetune: {{epochs: $epochs, batch: 128}}
policies:
  {quantizer}:
    - {{type: "*", output: {{quantizer: {quantizer}, bits: 4}}}}
    - {{type: [Conv2d, Linear], weight: {{quantizer: {quantizer}, bits: 4}}}}
matrix:
  model: [{model}]
  policy: [{quantizer}]
  stage: [{{batch: 100, epochs: 0}}, {{batch: 300, epochs: 0}}, {{batch: 100, epochs: 1}}]
"""
STAGES = {"float": "float training", "batch=100,epochs=0": "evaluation, batch 100",
          "batch=300,epochs=0": "evaluation, batch 300", "batch=100,epochs=1": "fine-tuning, batch 128"}


def trials(folder):
    """(expected, taken) bytes of each trial, by id."""
    expected = {}
    with open(os.path.join(folder, "plan.jsonl")) as plan:
        for line in list(plan)[1:]:
            trial = json.loads(line)
            expected[trial["id"]] = trial["cost"]["memory"]
    for name in os.listdir(os.path.join(folder, "journal")):
        with open(os.path.join(folder, "journal", name)) as journal:
            for record in map(json.loads, journal):
                yield record["trial"], expected[record["trial"]], record["peak_memory"] - record["shared_memory"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--quantizer", default="uniform")
    arguments = parser.parse_args()
    print("| model | what | expected MB | taken MB | expected / taken |\n|---|---|--:|--:|--:|")
    for model in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, QSWEEP_CACHE=os.path.join(folder, "cache"))
            with open(os.path.join(folder, "memory.yaml"), "w") as file:
                file.write(FILE.format(model=model, quantizer=arguments.quantizer))
            printed = set()
            known = set()  # trials; the second float trial differs in the batch of its evaluation
            for only, stage in STAGES.items():
                chosen = "policy=float" if only == "float" else only
                subprocess.run([PROGRAM, "memory.yaml", "-q", "-j", "1", "-o", "run", "--only", chosen],
                               cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
                for trial, expected, taken in trials(os.path.join(folder, "run")):
                    is_new = trial not in known
                    known.add(trial)
                    if is_new and stage not in printed:
                        printed.add(stage)
                        print(f"| {model} | {stage} | {expected / 1e6:.0f} | {taken / 1e6:.0f} | "
                              f"{expected / taken:.2f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
