import { expect, test } from 'vitest';
import { actsOf, type PreparedAct } from '../../src/agent/index.ts';
import type { PlannedFaultOf } from '../../src/plan/index.ts';
import { withoutMeasures } from '../support/evidence.ts';
import { labTimeoutMs, runScript } from '../user-mode-linux/run-lab.ts';
import { onLoneNode } from './lone-node.ts';
import { actOptions } from './prepared.ts';

const preparedAs = async (planned: PlannedFaultOf<'netem'> | PlannedFaultOf<'latency'>): Promise<PreparedAct> => {
  const apiServers = [{ address: '10.99.0.4', port: 6443 }];
  const [prepared] = await actsOf(planned, { ...actOptions, id: `a1b2c3-${planned.id}`, apiServers });
  if (prepared === undefined) throw new Error('no act');
  return prepared;
};

const latency = (direction: 'to' | 'both'): Promise<PreparedAct> =>
  preparedAs({
    ...{ kind: 'latency', id: 'latency-1', targets: ['worker'], occurrences: [] },
    ...{ delayMs: 100, jitterMs: 0, lossPercent: 0, rampSteps: 1, direction },
  });

/** How long a handshake takes, in ms: to an API server by either family, to another port of it, and to somebody else. */
const took = `
ms() { curl --silent --insecure --output /dev/null --max-time 5 --write-out '%{time_connect}' "https://$1/" | awk '{ printf "%d ", $1 * 1000 }'; }
echo "== took 0"; ms 10.99.0.4:6443; ms '[fd99::2]:6443'; ms 10.99.0.4:8443; ms 10.99.0.9:6443; echo
`;
const listed = '{ tc -j qdisc show dev eth0; tc -j filter show dev eth0; tc -j filter show dev eth0 ingress; } > ';

test.each([
  ['both', 200],
  ['to', 100],
] as const)(
  'a node delays what it exchanges with its API servers and nothing else, and proves it: %s',
  async (direction, roundTripMs) => {
    const prepared = await latency(direction);
    const ran = await onLoneNode(
      prepared.act,
      `${listed} /run/before
run SURVEY; run VERIFY; run APPLY
${took}
run VERIFY; run UNDO
${took}
run VERIFY
${listed} /run/after
cmp /run/before /run/after && echo '== same 0'
run UNDO; rm -rf "$FOLDER"; run VERIFY
mkdir "$FOLDER"; rm /run/skipbeat-*.undone; run SURVEY; run APPLY
rm -rf "$FOLDER"; run VERIFY; run UNDO; run VERIFY`,
      { machine: runScript },
    );
    const steps = ran.map(({ step, code }) => `${step} ${code}`);
    expect(steps, JSON.stringify(ran, null, 1)).toEqual([
      ...['said 0', 'SURVEY 0', 'VERIFY 3', 'APPLY 0', 'took 0', 'VERIFY 0', 'UNDO 0', 'took 0', 'VERIFY 3', 'same 0'],
      ...['UNDO 0', 'VERIFY 3'],
      // Without what the survey left, as whoever cleans up on a node may find it.
      ...['SURVEY 0', 'APPLY 0', 'VERIFY 0', 'UNDO 0', 'VERIFY 3'],
    ]);
    const outOf = (index: number) => ({
      step: '',
      beganMs: 1,
      clockMs: 2,
      err: '',
      code: ran[index]?.code ?? 1,
      out: ran[index]?.out ?? '',
    });
    expect(outOf(1).out.split('\n')).toEqual(['eth0', '10.99.0.2 6443', '10.99.0.4 6443', 'fd99::2 6443']);
    const [v4 = 0, v6 = 0, otherPort = 0, other = 0] = outOf(4).out.split(' ').map(Number);
    expect(Math.min(v4, v6)).toBeGreaterThanOrEqual(roundTripMs - 1);
    expect(Math.max(otherPort, other)).toBeLessThan(roundTripMs);
    expect(Math.max(...outOf(7).out.trim().split(' ').map(Number))).toBeLessThan(roundTripMs);
    const proof = await prepared.attest(outOf(5));
    const counts = 'N packets, 0 dropped (0.0 %), N delayed';
    const both = direction === 'both' ? `out: ${counts}; in: ${counts}` : `out: ${counts}`;
    expect({ ...proof, evidence: withoutMeasures(proof.evidence) }).toEqual({
      state: 'present',
      evidence: `netem on eth0 to and from 10.99.0.2, 10.99.0.4, fd99::2: delay 100 ms; ${both}; round trip N ms, before N ms: asked + ${roundTripMs}.0 ms, measured + N ms`,
    });
    expect(await prepared.attestUndone(outOf(8), null)).toEqual({
      state: 'absent',
      evidence: 'the queues and filters of eth0 are listed as before',
    });
  },
  labTimeoutMs,
);

const noNetem = `printf '#!/bin/sh\\necho "Error: Specified qdisc kind is unknown." >&2; exit 2\\n' > /run/bin/unshare; chmod +x /run/bin/unshare;`;
const shaped = 'tc qdisc add dev eth0 root handle 7: pfifo;';
const filtered = 'tc qdisc add dev eth0 clsact;';

test.each([
  [
    'whose kernel has no netem',
    noNetem,
    'expected a kernel with sch_netem (and sch_prio, cls_u32; ifb and act_mirred unless the direction is to), found Error: Specified qdisc kind is unknown.',
  ],
  ['whose device has a queue of somebody', shaped, 'expected eth0 without queues of others, found pfifo 7:'],
  [
    'whose device filters what comes in',
    filtered,
    'expected eth0 without a queue of others for what comes in, found one: direction: to does without',
  ],
  [
    'whose API servers are behind several devices',
    'ip link add other type veth peer name another; ip link set another up; ip link set other up; ip route add 10.99.0.4/32 dev other;',
    'expected one device towards all API servers, found eth0 other',
  ],
])('a node %s is refused by name, and is left as it is', async (_, before, why) => {
  const { act } = await latency('both');
  const ran = await onLoneNode(
    act,
    `${before} ${listed} /run/before
run SURVEY
${listed} /run/after
cmp /run/before /run/after && echo '== same 0'
rm -rf "$FOLDER"; run UNDO; run VERIFY`,
  );
  expect(
    ran.map(({ step, code }) => `${step} ${code}`),
    JSON.stringify(ran),
  ).toEqual([...['said 0', 'SURVEY 1', 'same 0', 'UNDO 0', 'VERIFY 3']]);
  expect(ran[1]?.out).toBe(why);
});
