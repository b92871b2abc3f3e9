#!/usr/bin/env bash
# Runs a command beside a Slurm of its own: two nodes of one processor on this machine's loopback,
# with a partition `high` that preempts the jobs of `normal`. Nothing of it is left afterwards.
#   cluster.sh COMMAND...
# Ends with the command's exit code; with 77, and the reason in the last line, where there is no
# Slurm; with 1, what did not come up and the ends of the logs, where it does not start. Anybody who
# reaches its ports can run jobs as you, so it listens to loopback alone.
# Tried with Slurm 22.05 and 24.11.
set -euo pipefail

skip() { echo "skipped: $*"; exit 77; }
for program in slurmctld slurmd sbatch squeue scontrol; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin
  command -v "$program" >/dev/null ||
    skip "there is no $program here; apt-get install slurmctld slurmd slurm-client"
done

# Daemons listen at the address of the machine's name: a chroot may not know it, and elsewhere it may
# be one that others reach. Root then takes another name, seen by what is started here alone.
host=$(hostname -s)
if [[ $(getent ahostsv4 "$host" || true) != 127.* ]]; then
  [ "$host" != localhost ] && unshare --uts true 2>/dev/null ||
    skip "the name of this machine, $host, does not lead to its loopback; add it to /etc/hosts"
  exec unshare --uts bash -c 'hostname localhost; exec "$@"' bash "$0" "$@"
fi

folder=$(mktemp -d)
port=$((20000 + $$ % 20000))
declare -A daemons=()
start() {  # NAME COMMAND...
  "${@:2}" > "$folder/$1.out" 2>&1 &
  daemons[$1]=$!
  disown  # the shell need not tell of one that lose_node.sh kills
}
take_down() {
  for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${daemons[@]}"; do
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap take_down EXIT

mkdir "$folder"/{state,spool,run}
# Without control groups. 22.05 always loads a plugin for them; that of version 1 does nothing by itself.
version=$(slurmctld -V)
plugin=disabled
[[ $(printf '%s\n' "${version##* }" 24.05 | sort -V | head -n 1) = 24.05 ]] || plugin=cgroup/v1
echo "CgroupPlugin=$plugin" > "$folder/cgroup.conf"
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
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=5
MaxArraySize=4
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=1 RealMemory=1000
PartitionName=normal Nodes=ALL Default=YES PriorityTier=1
PartitionName=high Nodes=ALL PriorityTier=2 PreemptMode=OFF
CONF

# What did not come about, and what the daemons said of it.
give_up() {
  echo "cluster.sh: $version: $*"
  timeout 5 sinfo -N -o '%N %T %E' 2>&1 || echo "sinfo does not answer"
  timeout 5 squeue -r 2>&1 || echo "squeue does not answer"
  tail -n 20 "$folder"/*.out
  timeout 5 scancel --full --me && sleep 1 || true  # no job may outlive its node
}

start slurmctld slurmctld -D
for node in n1 n2; do
  mkdir "$folder/spool/$node"
  # By this name lose_node.sh finds all that belongs to the node.
  start "$node" env SLURMD_NODENAME="$node" slurmd -D -N "$node"
done
is_ready() { [ "$(timeout 5 sinfo -h -p normal -t idle -o %D 2>/dev/null)" = 2 ]; }
until is_ready; do
  for name in "${!daemons[@]}"; do
    kill -0 "${daemons[$name]}" 2>/dev/null || { give_up "$name ended at its start"; exit 1; }
  done
  [ $SECONDS -lt 30 ] || { give_up "the nodes are not idle within 30 s"; exit 1; }
  sleep 0.1
done

code=0
timeout --kill-after=5 200 "$@" || code=$?
case $code in
  0) ;;
  124 | 137) give_up "it is not done within 200 s: $*" ;;
  *) give_up "it ended with $code: $*" ;;
esac
exit $code
