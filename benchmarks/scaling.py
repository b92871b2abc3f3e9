#!/usr/bin/env python3
"""How long 1,000 trials take on 1, 16 and 256 nodes, from what single steps were measured to take.

    benchmarks/scaling.py [--trials 1000] [--minutes 10] ...

A simulation: trials are packed into slices as `qsweep --on slurm` packs them (longest first, each to the
slice that has least), and the scheduler starts one element after the other, each on the node that is free
first. A slice starts a worker, does its trials, and syncs a line of the journal after each; the file system
takes so many syncs a second of all nodes together. Float trials come first; the merge comes last.
"""
import argparse
import heapq
import random


def pack(costs, most):
    """Costs by slice, as lib/qsweep/engine/cluster/slices.cpp does."""
    loads = [(0.0, 0, i) for i in range(min(most, len(costs)))]
    slices = [[] for _ in loads]
    for cost in sorted(costs, reverse=True):
        work, count, position = heapq.heappop(loads)
        slices[position].append(cost)
        heapq.heappush(loads, (work + cost, count + 1, position))
    return slices


def run_array(slices, nodes, start, arguments):
    """When the last element of an array has ended."""
    free = [start] * nodes
    heapq.heapify(free)
    dispatched = start
    syncs = 0
    for slice_costs in slices:
        dispatched += 1 / arguments.dispatch
        begin = max(dispatched, heapq.heappop(free))
        seconds = sum(random.lognormvariate(0, arguments.spread) * cost for cost in slice_costs)
        heapq.heappush(free, begin + arguments.start + seconds)
        syncs += len(slice_costs)
    # Nobody ends before the file system has taken all syncs.
    return max(max(free), start + syncs / arguments.syncs)


def hours(nodes, slices, arguments):
    random.seed(1)
    each = 60 * arguments.minutes
    floats = run_array(pack([each] * arguments.floats, slices), nodes, 0, arguments)
    costs = [each * random.choice([0.5, 1, 1, 1, 2]) for _ in range(arguments.trials - arguments.floats)]
    mean = sum(costs) / len(costs)
    costs = [cost * each / mean for cost in costs]
    others = run_array(pack(costs, slices), nodes, floats, arguments)
    return (others + arguments.merge + arguments.trials * arguments.merge_trial) / 3600


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--floats", type=int, default=4, help="of them, float trials")
    parser.add_argument("--minutes", type=float, default=10, help="that a trial takes on a node")
    parser.add_argument("--spread", type=float, default=0.1, help="deviation of a trial's time from its estimate")
    parser.add_argument("--start", type=float, default=3, help="seconds from a slice's start to its first trial")
    parser.add_argument("--dispatch", type=float, default=20, help="elements that the scheduler starts a second")
    parser.add_argument("--syncs", type=float, default=200, help="synced lines a second, of all nodes together")
    parser.add_argument("--merge", type=float, default=2, help="seconds until the merge runs")
    parser.add_argument("--merge-trial", type=float, default=0.00003, help="seconds of the merge for each trial")
    arguments = parser.parse_args()
    print(f"{arguments.trials} trials of {arguments.minutes:g} minutes, {arguments.floats} of them float")
    print("nodes  slices    hours  speed-up  efficiency")
    one = hours(1, 64, arguments)
    for nodes in (1, 16, 64, 256, 1024):
        for slices in sorted({64, max(64, nodes), max(64, 4 * nodes)}):
            took = hours(nodes, slices, arguments)
            print(f"{nodes:5}  {slices:6}  {took:7.2f}  {one / took:8.1f}  {100 * one / took / nodes:9.0f} %")


if __name__ == "__main__":
    main()
