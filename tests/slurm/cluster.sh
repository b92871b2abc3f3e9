#!/usr/bin/env bash
# Runs a command beside a Slurm of its own: two nodes of one processor on this machine's loopback,
# with a partition `high` that preempts the jobs of `normal`. Nothing of it is left afterwards.
#   cluster.sh COMMAND...
# Ends with the command's exit code; with 77, and the reason in the last line, where there can be no
# Slurm. Anybody who reaches its ports can run jobs as you, so it listens to loopback alone.
set -euo pipefail

skip() { echo "skipped: $*"; exit 77; }
for program in slurmctld slurmd sbatch squeue scontrol; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin
  command -v "$program" >/dev/null ||
    skip "there is no $program here; apt-get install slurmctld slurmd slurm-client"
done

folder=$(mktemp -d)
host=$(hostname -s)
port=$((20000 + $$ % 20000))
daemons=()
take_down() {
  for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${daemons[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap take_down EXIT

mkdir "$folder"/{state,spool,run}
# 22.05 always loads a control group's plugin; that of version 1 does nothing by itself.
echo 'CgroupPlugin=cgroup/v1' > "$folder/cgroup.conf"
export SLURM_CONF=$folder/slurm.conf
cat > "$SLURM_CONF" <<CONF
ClusterName=qsweep
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
# What is requeued may start again once its old credential is out of date.
AuthInfo=cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=5
MaxArraySize=4
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=1 RealMemory=1000
PartitionName=normal Nodes=ALL Default=YES PriorityTier=1
PartitionName=high Nodes=ALL PriorityTier=2 PreemptMode=OFF
CONF

slurmctld -D > "$folder/slurmctld.out" 2>&1 & daemons+=($!)
for node in n1 n2; do
  mkdir "$folder/spool/$node"
  slurmd -D -N "$node" > "$folder/$node.out" 2>&1 & daemons+=($!)
done
for _ in $(seq 100); do
  [ "$(sinfo -h -p normal -t idle -o %D 2>/dev/null)" = 2 ] && ready=1 && break
  sleep 0.1
done
[ -n "${ready-}" ] ||
  skip "Slurm does not start: $(cat "$folder"/*.out "$folder"/*.log 2>/dev/null | grep -i -e error -e fatal | tail -1)"

code=0
"$@" || code=$?
exit $code
