#!/usr/bin/env bash
# Takes a node of cluster.sh away as a power cut would: its slurmd and all that it runs are killed.
# Slurm is told at once, as it would notice by itself only after minutes.
#   lose_node.sh NODE
set -euo pipefail
# What ends meanwhile cannot be read or killed.
pids=$({ grep -lzsxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ || true; } |
       { xargs grep -lzsxF "SLURMD_NODENAME=$1" || true; } | cut -d / -f 3)
# From Slurm 24.11 on a step's daemon shows no environment; it is known by the scripts that it runs.
daemons=$(for pid in $pids; do
  parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status" || true)
  if [ "$(cat "/proc/${parent:-0}/comm" || true)" = slurmstepd ]; then echo "$parent"; fi
done 2>/dev/null)
# The daemons first: one that sees its script killed tells Slurm that it failed.
kill -9 $daemons $pids || true
scontrol update nodename="$1" state=down reason=lost
