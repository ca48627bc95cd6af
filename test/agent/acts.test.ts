import { expect, test } from 'vitest';
import { actPod, actsOf, actToUndo, agentKinds, assertAgentCan, undoPod } from '../../src/agent/index.ts';
import { readUndo } from '../../src/agent/undo-now.ts';
import { SkipbeatError } from '../../src/common/errors.ts';
import { faultKindsThat } from '../../src/scenario/index.ts';
import { actOptions as options, planned, prepared } from './prepared.ts';

test('an act has the commands of kind, behind a fence of its own name, on the Node of the target', async () => {
  const { act, target } = await prepared('kubelet-pause');
  expect(target).toBe('worker');
  expect({ ...act, apply: act.apply.slice(3, 5), undo: act.undo.slice(3, 5), verify: act.verify.slice(3) }).toEqual({
    id: options.id,
    node: 'node-of-worker',
    kind: 'kubelet-pause',
    survey: null,
    apply: ['skipbeat-fence', options.id],
    undo: ['skipbeat-fence', options.id],
    verify: ['skipbeat-verify', 'sh', '-c', expect.stringContaining('/proc/$pid/status')],
    lengthMs: 60_000,
    maxMs: 600_000,
  });
  const signals = (argv: readonly string[]) =>
    argv.flatMap((word) => word.split('\n')).filter((line) => line.startsWith('kill '));
  expect([act.apply, act.undo].map(signals)).toEqual([['kill -s STOP "$pid" || exit'], ['kill -s CONT "$pid"']]);
});

test('several targets are several acts, each with a name of its own', async () => {
  const acts = await actsOf(planned('kubelet-pause', ['worker', 'worker2']), options);
  expect(acts.map(({ act }) => [act.id, act.node])).toEqual([
    ['a1b2c3-kubelet-pause-1-1', 'node-of-worker'],
    ['a1b2c3-kubelet-pause-1-2', 'node-of-worker2'],
  ]);
});

const whyNot: Readonly<Record<string, string>> = {
  'node-pause': "which freezes the node's container, which takes the container engine under the node",
  'node-stop': "which takes the node's power, which takes the container engine or the machine under the node",
  'node-shutdown': 'which shuts down the machine under the node',
  'apiserver-pause': 'which stops a process of the control plane, which no fault here may touch',
  'etcd-pause': 'which stops a process of the control plane, which no fault here may touch',
  'controller-manager-pause': 'which stops a process of the control plane, which no fault here may touch',
  'controller-manager-kill': 'which ends a process of the control plane, which no fault here may touch',
  'apiserver-latency': 'which is laid on a control-plane node, which no fault here may touch',
  'etcd-latency': 'which is laid on a control-plane node, which no fault here may touch',
  'etcd-disk-latency': 'which is laid on a control-plane node, which no fault here may touch',
  'cpu-pressure': 'which takes processors from an API server, on a control-plane node, which no fault here may touch',
  'taints-removed': 'which is written with the rights of a control-plane node, which no fault here may touch',
  'out-of-service': 'which is written with the rights of a control-plane node, which no fault here may touch',
  'controller-manager-watch-lost':
    'which the model alone can have, for no single watch can be stopped on its connection',
  'clock-jump': 'which the model alone can have, for nodes may share their clock with what else runs there',
};

test('every other kind is refused by name, with the reason', () => {
  for (const kind of faultKindsThat(() => true).filter((one) => !(agentKinds as readonly string[]).includes(one))) {
    const message = `${kind}-1: expected one of ${agentKinds.join(', ')} on a cluster of --context, received ${kind}, ${whyNot[kind]}.`;
    expect(() => assertAgentCan({ kind, id: `${kind}-1` })).toThrow(
      expect.objectContaining({ code: 'FAULT_NOT_FOR_CONTEXT', exitCode: 64, message }),
    );
  }
});

test.each(['kubelet-pause', 'kubelet-stop', 'partition', 'netem', 'latency'] as const)(
  'of %s, whoever undoes it later needs its kind and its id alone',
  async (kind) => {
    const { act } = await prepared(kind);
    const later = await actToUndo({ ...act, kind }, options.signal);
    // How long a canary may wait is no matter of what is gone.
    const compared = ({ undo, verify }: typeof act) => [undo, verify.filter((word) => !/^\d+$/.test(word))];
    expect(compared(later)).toEqual(compared(act));
  },
);

test('a kind that no agent makes has nothing to undo', async () => {
  const { act } = await prepared('kubelet-pause');
  await expect(actToUndo({ ...act, kind: 'node-stop' }, options.signal)).rejects.toThrow('no agent makes node-stop');
});

test('a partition names the API servers of the cluster, its rules and its mark, and is undone by the mark alone', async () => {
  const { act } = await prepared('partition');
  expect(act.survey?.slice(3)).toEqual([
    'skipbeat-partition',
    `/run/skipbeat-agent/${options.id}`,
    `skipbeat-agent-${options.id}`,
    expect.stringContaining('-d ADDRESS -p tcp --dport PORT --jump DROP'),
    '10.0.0.2 6443',
  ]);
  const written = act.undo.join(' ');
  expect([written.includes(`skipbeat-agent-${options.id}`), written.includes('10.0.0.2')]).toEqual([true, false]);
  // Shells of nodes are not all bash.
  expect([act.apply, act.undo, act.verify, act.survey ?? []].map(([file]) => file)).toEqual(['sh', 'sh', 'sh', 'sh']);
});

const stands = (lines: readonly string[], code = 0) => ({
  ...{ step: 'start', beganMs: 1, clockMs: 2, code, err: code === 2 ? 'iptables-save: not permitted' : '' },
  out: lines.join('\n'),
});
const rule = (packets: number) =>
  `[${packets}:9] -A OUTPUT -d 10.0.0.2/32 -m comment --comment skipbeat-agent-${options.id} -j DROP`;
const six = [rule(4), ...Array.from({ length: 5 }, () => rule(0))];

test.each([
  [
    'present',
    '6 of 6 rules; packets stopped: OUTPUT 4; canary to 10.0.0.2 not answered',
    stands(['canary 10.0.0.2 28', ...six]),
  ],
  [
    'absent',
    '6 of 6 rules; packets stopped: OUTPUT 4; canary to 10.0.0.2 answered',
    stands(['canary 10.0.0.2 0', ...six]),
  ],
  [
    'absent',
    '5 of 6 rules; packets stopped: none; canary to 10.0.0.2 not answered',
    stands(['canary 10.0.0.2 28', ...six.slice(1), 'canary']),
  ],
  [
    'absent',
    "6 of 6 rules; packets stopped: OUTPUT 4; canary to 10.0.0.2 not answered; the kubelet's server has another address by now: 10.0.0.9",
    stands(['canary 10.0.0.2 28', 'open 10.0.0.9', ...six]),
  ],
  ['unreadable', '6 of 0 rules; packets stopped: OUTPUT 4', stands(six)],
  ['absent', 'no rule of ours, all others as before', stands(['no rule of ours, all others as before'], 3)],
  ['unreadable', 'iptables-save: not permitted', stands([], 2)],
])('a partition that its node saw so is %s: %s', async (state, evidence, step) => {
  const { attest } = await prepared('partition');
  expect(await attest(step)).toEqual({ state, evidence });
});

test.each([
  [
    'on everybody’s packets',
    { kind: 'netem', peer: 'all' },
    'peer: api-server',
    'netem with peer: all, which acts on what others send and get',
  ],
  [
    'in a ramp',
    { kind: 'latency', rampSteps: 4 },
    'no ramp',
    'latency in 4 steps, of which no agent makes but the last',
  ],
] as const)('a fault %s is refused by name', (_, asked, expected, received) => {
  const message = `one: expected ${expected} on a cluster of --context, received ${received}.`;
  expect(() => assertAgentCan({ id: 'one', ...asked })).toThrow(
    expect.objectContaining({ code: 'FAULT_NOT_FOR_CONTEXT', message }),
  );
});

test('a netem is limited to the API servers, whose addresses and device the node finds', async () => {
  const { act } = await prepared('latency');
  const lines = (act.apply.at(-1) ?? '').split('\n');
  const handle = act.undo.at(-3) ?? '';
  expect(handle).toMatch(/^[4-7][0-9a-f]{3}:$/);
  const ifb = `skipbeat-${handle.slice(0, -1)}`;
  expect(lines).toEqual([
    `ip link add ${ifb} type ifb`,
    `ip link set ${ifb} up`,
    `tc qdisc add dev ${ifb} root handle ${handle} netem limit 20000 delay 100ms loss random 5%`,
    'tc qdisc add dev DEVICE ingress',
    `tc filter add dev DEVICE ingress protocol ip prio 1 u32 match ip src ADDRESS/32 match ip protocol 6 0xff match ip sport 65535 0xffff action mirred egress redirect dev ${ifb}`,
    `tc filter add dev DEVICE ingress protocol ipv6 prio 2 u32 match ip6 src :ADDRESS/128 match ip6 protocol 6 0xff match ip6 sport 65535 0xffff action mirred egress redirect dev ${ifb}`,
    `tc qdisc add dev DEVICE root handle ${handle} prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`,
    `tc qdisc add dev DEVICE parent ${handle}1 pfifo limit 10000`,
    `tc qdisc add dev DEVICE parent ${handle}2 netem limit 20000 delay 100ms loss random 5%`,
    `tc filter add dev DEVICE parent ${handle} protocol ip prio 1 u32 match ip dst ADDRESS/32 match ip protocol 6 0xff match ip dport 65535 0xffff flowid ${handle}2`,
    `tc filter add dev DEVICE parent ${handle} protocol ipv6 prio 2 u32 match ip6 dst :ADDRESS/128 match ip6 protocol 6 0xff match ip6 dport 65535 0xffff flowid ${handle}2`,
  ]);
});

test('what an undo of netem dropped is said beside its proof', async () => {
  const { attestUndone } = await prepared('netem');
  const gone = stands(['the queues and filters of eth0 are listed as before'], 3);
  expect(await attestUndone(gone, { ...gone, step: 'undo', code: 0, out: 'skipbeat-dropped 12' })).toEqual({
    state: 'absent',
    evidence:
      'the queues and filters of eth0 are listed as before; 12 packets that waited longer than 8 s were dropped',
  });
});

test('the pod of an act is bound to its node, tolerates everything and holds the whole act', async () => {
  const { act } = await prepared('kubelet-stop');
  const { metadata, spec } = actPod(act, { run: 'some-run', image: 'agent:1' });
  expect(metadata).toEqual({
    name: `act-${act.id}`,
    namespace: 'skipbeat-agents',
    labels: { 'app.kubernetes.io/managed-by': 'skipbeat', 'skipbeat/run': 'some-run' },
    annotations: { 'skipbeat/act': JSON.stringify(act) },
  });
  expect(spec).toMatchObject({
    nodeName: act.node,
    tolerations: [{ operator: 'Exists' }],
    restartPolicy: 'Never',
    activeDeadlineSeconds: 240,
    hostPID: true,
    hostNetwork: true,
    automountServiceAccountToken: false,
  });
  expect(spec?.containers[0]).toMatchObject({ image: 'agent:1', securityContext: { privileged: true } });
  // A kubelet makes `$$` one `$`, and would take `$(NAME)` for a variable.
  const written = (spec?.containers[0]?.command ?? []).join('\n');
  expect(written.replaceAll('$$', '')).not.toContain('$');
  expect(written.split('\n')).toContain(
    'true > "$$dir/out" && true > "$$dir/err" && echo $$$$ > "$$dir/agent.pid" || exit 73',
  );
  expect(spec?.containers[0]?.command?.slice(0, 9).join(' ')).toBe('nsenter -t 1 -m -u -i -n -- sh');
  expect(undoPod(act, { run: 'some-run', image: 'agent:1' }).metadata?.name).toBe(`undo-${act.id}`);
});

test.each([
  ['an id that no pod can bear', { id: 'A b' }],
  ['an id that is too long', { id: 'a'.repeat(51) }],
  ['no length', { lengthMs: 0 }],
  ['a length beyond the bound', { lengthMs: 600_001 }],
])('no pod is made of an act with %s', async (_, other) => {
  const { act } = await prepared('kubelet-pause');
  expect(() => actPod({ ...act, ...other }, { run: 'r', image: 'i' })).toThrow(Error);
});

const undoLines = (last: number): string =>
  [
    { step: 'timer', beganMs: 5, clockMs: 6, code: 0 },
    { step: 'found', beganMs: 10, clockMs: 11, code: 3 },
    { step: 'undo', beganMs: 12, clockMs: 13, code: 0 },
    { step: 'undone', beganMs: 14, clockMs: 15, code: last },
    ...(last === 3 ? [{ step: 'cleared', beganMs: 16, clockMs: 16, code: 0 }] : []),
  ]
    .map((one) => JSON.stringify({ out: '', err: '', ...one }))
    .join('\n');

test('a later undo says whether the fault stood until then, and whether the timer of the node had undone it', async () => {
  const { act } = await prepared('kubelet-pause');
  const { stood, byTimer, steps } = readUndo(act, undoLines(3));
  expect([stood, byTimer, steps.length]).toEqual([false, true, 5]);
});

test('where the maker of a fault may still act, a later undo is one that has kept the files, and no other', async () => {
  const { act } = await prepared('kubelet-pause');
  const kept = undoLines(3).replace('cleared', 'kept');
  expect(readUndo(act, kept, false).stood).toBe(false);
  expect(() => readUndo(act, kept)).toThrow(SkipbeatError);
  expect(() => readUndo(act, undoLines(3), false)).toThrow(SkipbeatError);
});

test('a later undo that proves nothing is an error, whatever it printed', async () => {
  const { act } = await prepared('kubelet-pause');
  for (const text of [undoLines(0), undoLines(2), '', 'sh: not found']) {
    expect(() => readUndo(act, text)).toThrow(SkipbeatError);
  }
});
