import { throughFile, verifyCodes } from '../fault/index.ts';

/** Where an act keeps its files on the node: on a tmpfs, so that a boot forgets them. */
export const actFolder = '/run/skipbeat-agent';

/** The timer of the node undoes so long after the end: a fault may be off its length by 500 ms, and no more. */
export const backupMs = 400;

/**
 * What both scripts below share. POSIX sh, for a node has no other for certain, and common programs of the node beside it.
 *
 * `now` sets `ms` to the node's monotonic clock, /proc/uptime, in steps of 10 ms. `line` puts one step on record, a JSON
 * object a line, with what a command printed in hexadecimal digits: in the act's own file first, then on its output,
 * which may be gone. `step NAME FILE` runs one of the act's commands.
 */
const common = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
umask 077
id=$1
dir=${actFolder}/$id
now() { read -r up rest < /proc/uptime && ms=$((\${up%.*} * 1000 + 1\${up#*.}0 - 1000)); }
hex() { od -An -v -tx1 | tr -d ' \\n'; }
line() {
  text="{\\"step\\":\\"$1\\",\\"beganMs\\":$2,\\"clockMs\\":$3,\\"code\\":$4,\\"out\\":\\"$(hex < "$dir/out")\\",\\"err\\":\\"$(hex < "$dir/err")\\"}"
  printf '%s\\n' "$text" >> "$dir/events"
  printf '%s\\n' "$text"
}
step() {
  now
  began=$ms
  sh "$dir/$2" > "$dir/out" 2> "$dir/err" < /dev/null
  code=$?
  now
  line "$1" "$began" "$ms" "$code"
  return "$code"
}
event() {
  now
  printf '%s' "$2" > "$dir/out"
  true > "$dir/err"
  line "$1" "$ms" "$ms" 0
}
systemd() { [ -d /run/systemd/system ] && command -v systemd-run > /dev/null; }
stands() {
  case "$(systemctl show --property=ActiveState --value "skipbeat-agent-$id-$1.service" 2> /dev/null)" in
    '' | inactive | failed) return 1 ;;
  esac
}
disarm() {
  if systemd; then
    systemctl stop "skipbeat-agent-$id-wait.timer" "skipbeat-agent-$id-end.timer" 2> /dev/null
    # One that undoes just now comes to its end first.
    for try in $(seq 150); do stands wait || stands end || break; sleep 0.1; done
  fi
  if read -r watcher 2> /dev/null < "$dir/watch.pid"; then
    if grep -qsz -- "$dir/watch" "/proc/$watcher/cmdline"; then kill -s KILL "$watcher"; fi
    for try in $(seq 150); do grep -qsz -- "$dir/end" "/proc/$watcher/cmdline" || break; sleep 0.1; done
  fi
  # One that was killed is systemd's for a while yet.
  if systemd; then
    for try in $(seq 150); do stands watch || break; sleep 0.1; done
  fi
}
# Tries until what verifies says that it is gone: at most some 15 s.
gone() {
  for try in $(seq 15); do
    step undone verify
    [ "$code" -eq ${verifyCodes.gone} ] && return 0
    sleep 1
    step undo undo
  done
  return 1
}
clear_files() {
  # Whoever undid it until now may put a line into the folder while it goes.
  for try in $(seq 50); do rm -rf "$dir" 2> /dev/null; [ -e "$dir" ] || break; sleep 0.1; done
  if [ -e "$dir" ]; then event failed "$dir could not be removed"; exit 1; fi
  rm -rf "/run/skipbeat-$id.lock" "/run/skipbeat-$id.undone"
  rmdir ${actFolder} 2> /dev/null
  now
  printf '{"step":"cleared","beganMs":%s,"clockMs":%s,"code":0,"out":"","err":""}\\n' "$ms" "$ms"
}
`;

/** Why files stay on the node. */
const keptText = 'its maker may still act: the files stay for a later undo';

/** What undoes when nobody else does: it reads everything from the act's own folder, and leaves a line there. */
const endScript = (folder: string): string => `
dir=${folder}
now() { read -r up rest < /proc/uptime && ms=$((\${up%.*} * 1000 + 1\${up#*.}0 - 1000)); }
for try in $(seq 15); do
  [ -d "$dir" ] || exit 0
  now
  began=$ms
  sh "$dir/undo" > /dev/null 2>&1 < /dev/null
  code=$?
  now
  printf '{"step":"timer","beganMs":%s,"clockMs":%s,"code":%s,"out":"","err":""}\\n' "$began" "$ms" "$code" >> "$dir/events"
  sh "$dir/verify" > /dev/null 2>&1 < /dev/null
  [ $? -eq ${verifyCodes.gone} ] && exit 0
  sleep 1
done
exit 1
`;

/**
 * Waits on the node's clock for the time in `due`, and undoes then: a service of systemd, for timers of systemd begin anew
 * with each `daemon-reload`. On a node without it, a process of its own, out of the pod's cgroups, for whoever ends a container
 * ends what is in them. Argument: `stays` where systemd keeps it.
 */
const watchScript = (folder: string): string => `
dir=${folder}
trap '' HUP INT TERM PIPE
if [ "$1" != stays ]; then
  for place in /sys/fs/cgroup /sys/fs/cgroup/* /sys/fs/cgroup/init.scope; do
    if [ -w "$place/cgroup.procs" ]; then echo $$ > "$place/cgroup.procs"; fi
  done 2> /dev/null
fi
echo $$ > "$dir/watch.pid"
while read -r due < "$dir/due" && read -r up rest < /proc/uptime && [ $((\${up%.*} * 1000 + 1\${up#*.}0 - 1000)) -lt "$due" ]; do
  sleep 0.1 || sleep 1
done
exec sh "$dir/end"
`;

/**
 * The agent: arms the undo in the node, says so, waits for the word to go, applies at its time, undoes at its end, proves
 * both, and takes away what it armed only when the undo is proved. Every promise of it is kept by the node alone.
 * Arguments: the act's id, its length, how long it waits for the word (ms), its three commands as a shell would have them
 * typed, the two scripts that undo without it, and what surveys the node, or nothing. Of a fault that somebody else makes, by how much later it
 * may begin, and when its maker is through by himself, after its moment (ms): its length counts from when `apply` has seen it, and at its end
 * the undo comes once more, when he is through, and before wherever it stands again. Where nobody said that he is, the files stay.
 */
export const agentScript = `${common}
length=$2 wait=$3 late=\${10:-0} through=\${11:-0}
trap '' HUP INT PIPE
stop=
trap 'stop=1' TERM
export SKIPBEAT_AGENT="$id"
mkdir -p ${actFolder} && mkdir "$dir" || exit 73
true > "$dir/out" && true > "$dir/err" && echo $$ > "$dir/agent.pid" || exit 73
printf '%s\\n' "$4" > "$dir/apply" && printf '%s\\n' "$5" > "$dir/undo" && printf '%s\\n' "$6" > "$dir/verify" &&
  printf '%s\\n' "$7" > "$dir/end" && printf '%s\\n' "$8" > "$dir/watch" && printf '%s\\n' "$9" > "$dir/survey" || { rm -rf "$dir"; exit 73; }
leave() {
  disarm
  event "$1" "$2"
  clear_files
  exit "$3"
}
# At \`$2\` of the node's clock the undo runs, whatever has become of this: armed, and read back as armed.
# The timer is there for whoever ends the service.
arm() {
  printf '%s\\n' "$2" > "$dir/due.new" && mv "$dir/due.new" "$dir/due" || return 1
  if systemd; then
    watch="skipbeat-agent-$id-watch"
    systemctl is-active --quiet "$watch.service" ||
      systemd-run --quiet --collect --unit="$watch" /bin/sh "$dir/watch" stays > "$dir/out" 2> "$dir/err"
    for try in $(seq 50); do [ -s "$dir/watch.pid" ] && break; sleep 0.1; done
    now
    left=$(($2 - ms))
    systemd-run --quiet --collect --unit="skipbeat-agent-$id-$1" --on-active="\${left}ms" \\
      --timer-property=AccuracySec=10ms /bin/sh "$dir/end" > "$dir/out" 2> "$dir/err" &&
      [ "$(systemctl is-active "skipbeat-agent-$id-$1.timer")" = active ] &&
      [ "$(systemctl is-active "$watch.service")" = active ] && [ -s "$dir/watch.pid" ] && armed=systemd && return 0
  fi
  if ! [ -s "$dir/watch.pid" ]; then
    setsid sh "$dir/watch" > /dev/null 2>&1 < /dev/null &
    for try in $(seq 50); do [ -s "$dir/watch.pid" ] && break; sleep 0.1; done
  fi
  read -r watcher < "$dir/watch.pid" && grep -qsz -- "$dir/watch" "/proc/$watcher/cmdline" &&
    ! grep -qs kubepods "/proc/$watcher/cgroup" && armed=process
}
wait_until() {
  while now && left=$(($1 - ms)) && [ "$left" -gt 0 ] && [ -z "$stop" ]; do
    [ "$left" -gt 200 ] && left=200
    sleep "0.$(printf '%03d' "$left")" || sleep 1
  done
}

if [ -n "$9" ]; then step survey survey || leave refused "$(cat "$dir/err")" 1; fi
step before verify
[ "$code" -eq ${verifyCodes.gone} ] || leave refused 'the node is not as it should be before the fault' 1
now
limit=$((ms + wait))
arm wait $((limit + length + 5000)) || leave refused 'the undo could not be armed' 1
event armed "$armed $(cat /proc/sys/kernel/random/boot_id)"
while ! [ -s "$dir/go" ]; do
  now
  [ -z "$stop" ] || leave idle 'it was ended before it was to go' 0
  [ "$ms" -lt "$limit" ] || leave idle 'the word to go did not come in time' 0
  sleep 0.05 || sleep 1
done
read -r at < "$dir/go"
case "$at" in '' | *[!0-9]*) leave refused 'the time to go is none' 1 ;; esac
now
[ "$at" -gt "$ms" ] || leave refused 'the time to go was over' 1
[ "$at" -le $((limit + 60000)) ] || leave refused 'the time to go is too far away' 1
end=$((at + length + late))
arm end $((end + ${backupMs})) || leave refused 'the undo could not be armed for its time' 1
event going "$armed"
wait_until "$at"
[ -z "$stop" ] || leave idle 'it was ended before it was to go' 0
now
[ "$ms" -lt "$end" ] || leave idle 'the node stood still over the time of the fault' 1
if step applied apply; then
  cp "$dir/out" "$dir/applied"
  if [ "$late" -gt 0 ]; then
    end=$((ms + length))
    printf '%s\\n' $((end + ${backupMs})) > "$dir/due.new" && mv "$dir/due.new" "$dir/due"
  fi
  step start verify
  # As long as it took, and again, and a second more: at most half of the fault.
  lead=$((1000 + 2 * (ms - began)))
  [ "$length" -ge $((2 * lead)) ] || lead=$((length / 2))
  wait_until $((end - lead))
  [ -n "$stop" ] || step end verify
  wait_until "$end"
  SKIPBEAT_TOLD=$(cat "$dir/applied")
  export SKIPBEAT_TOLD
fi
step undo undo
unset SKIPBEAT_TOLD
gone || { event failed 'the undo is not proved: the timer stays'; exit 1; }
if [ "$through" -gt 0 ]; then
  look=$((ms + 1000))
  while now && [ "$ms" -lt $((at + through)) ] && [ -z "$stop" ] && ! [ -e "$dir/${throughFile}" ]; do
    if [ "$ms" -ge "$look" ]; then
      sh "$dir/verify" > /dev/null 2>&1 < /dev/null && step undo undo
      look=$((ms + 1000))
    fi
    sleep 0.1 || sleep 1
  done
  step undo undo
  gone || { event failed 'the undo is not proved: the timer stays'; exit 1; }
  disarm
  if ! [ -e "$dir/${throughFile}" ]; then event kept '${keptText}'; exit 0; fi
fi
disarm
clear_files
`;

/**
 * Undoes an act now, whoever made it and whatever has become of its agent: prints what is on record of it, ends the agent,
 * undoes, proves it, takes away what was armed. Safe when nothing is left.
 * Arguments: the act's id, its undo and what verifies it, as a shell would have them typed; anything more where the fault's maker may not be
 * through: then the files stay, by which a later undo knows what is his.
 */
export const undoScript = `${common}
if read -r agent 2> /dev/null < "$dir/agent.pid" && grep -qszx -- "$id" "/proc/$agent/cmdline"; then
  kill -s KILL "$agent"
fi
# And what it had started: the shell's own environment is not the one that it began with.
for environ in $(grep -lszx -- "SKIPBEAT_AGENT=$id" /proc/[0-9]*/environ); do
  pid=\${environ#/proc/}
  kill -s KILL "\${pid%/environ}"
done 2> /dev/null
mkdir -p "$dir" && true > "$dir/out" && true > "$dir/err" || exit 73
if [ -s "$dir/events" ]; then cat "$dir/events"; fi
printf '%s\\n' "$2" > "$dir/undo" && printf '%s\\n' "$3" > "$dir/verify" || exit 73
step found verify
step undo undo
gone || exit 1
disarm
if [ -n "$4" ]; then event kept '${keptText}'; exit 0; fi
clear_files
`;

/** The two scripts that undo on the node of an act without its agent: what the timer runs, and a timer where there is none. */
export const nodeScripts = (id: string): { readonly end: string; readonly watch: string } => ({
  end: endScript(`${actFolder}/${id}`),
  watch: watchScript(`${actFolder}/${id}`),
});
