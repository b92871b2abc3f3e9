#!/usr/bin/env bash
# Takes a node of cluster.sh away as a power cut would: its slurmd and all that it runs are killed.
# Slurm is told at once, as it would notice by itself only after minutes.
#   lose_node.sh NODE
set -euo pipefail
# What ends meanwhile cannot be read or killed.
pids=$({ grep -lzsxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ || true; } |
       { xargs grep -lzsxF "SLURMD_NODENAME=$1" || true; } | cut -d / -f 3)
# First none of them goes on: a step's daemon that sees its script killed tells Slurm that it failed.
kill -STOP $pids || true
kill -9 $pids || true
scontrol update nodename="$1" state=down reason=lost
