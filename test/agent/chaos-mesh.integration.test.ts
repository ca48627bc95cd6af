import { expect, test } from 'vitest';
import { actsOf, type PreparedAct, parseSteps, undoPod } from '../../src/agent/index.ts';
import { quoteCommand } from '../../src/common/command.ts';
import type { PlannedFault } from '../../src/plan/index.ts';
import { withoutMeasures } from '../support/evidence.ts';
import { labTimeoutMs, runScript } from '../user-mode-linux/run-lab.ts';
import { chaosDaemon, withoutPacketFilter } from './chaos-daemon.ts';
import { onLoneNode, type Ran } from './lone-node.ts';
import { actOptions } from './prepared.ts';

const id = 'a1b2c3-partition-1';
const server = 'https://10.99.0.2:6443';
const common = { id: 'partition-1', targets: ['worker'], occurrences: [] };

const prepared = async (fault: Partial<PlannedFault> = {}): Promise<PreparedAct> => {
  const drop = { kind: 'partition', direction: 'to', by: 'drop', traffic: 'control' };
  const planned = { ...drop, ...common, ...fault } as PlannedFault;
  const apiServers = [{ address: '10.99.0.4', port: 6443 }];
  const [made] = await actsOf(planned, { ...actOptions, id, apiServers, injector: 'chaos-mesh' });
  if (made === undefined) throw new Error('no act');
  return made;
};

const stepOf = ({ step, code, out }: Ran) => ({ step, beganMs: 1, clockMs: 2, code, out, err: '' });
const codes = (ran: readonly Ran[]) => ran.map(({ step, code }) => `${step} ${code}`);
const find = (ran: readonly Ran[], step: string, index = 0): Ran => {
  const found = ran.filter((one) => one.step === step)[index];
  if (found === undefined) throw new Error(`no ${step}: ${JSON.stringify(ran)}`);
  return found;
};

const reached = 'echo "== reached $(code 10.99.0.2 6443)"; echo "== other $(code 10.99.0.4 8443)"';
const all = 'all > ';
const listing =
  'all() { { iptables-legacy-save; iptables-nft-save; ls /run/sets; } 2> /dev/null | grep -e "^-A" -e "tgt$" || true; }';

/** Of a proof; canaries are sent at once, and stand in it as they ended. */
const partsOf = (evidence: string): readonly string[] => withoutMeasures(evidence).split('; ').sort();
const unanswered = ['canary to 10.99.0.2 not answered', 'canary to 10.99.0.4 not answered'];

test('a node waits for what Chaos Mesh does, proves it, ends it by itself, and takes away what Chaos Mesh leaves', async () => {
  const one = await prepared();
  const ran = await onLoneNode(
    one.act,
    `${chaosDaemon(id, true)}${listing}
iptables --append INPUT --source 10.99.0.77 --jump ACCEPT
${all} /run/before
run SURVEY; run VERIFY
inject_partition OUTPUT & injecting=$!
run APPLY; wait $injecting
${reached}
run VERIFY; run UNDO
${reached}
run VERIFY
recover
iptables-legacy-save | grep -c CHAOS > /run/count || true; echo "== recovered $(cat /run/count)"
run VERIFY; run UNDO; run VERIFY
${all} /run/after
cmp /run/before /run/after && echo '== same 0'
run UNDO; run VERIFY`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual([
    ...['said 0', 'SURVEY 0', 'VERIFY 3', 'APPLY 0', 'reached 28', 'other 0', 'VERIFY 0', 'UNDO 0'],
    // What recovery brings back, empty: two chains and the jumps to them.
    ...[
      'reached 0',
      'other 0',
      'VERIFY 3',
      'recovered 4',
      'VERIFY 2',
      'UNDO 0',
      'VERIFY 3',
      'same 0',
      'UNDO 0',
      'VERIFY 3',
    ],
  ]);
  expect(find(ran, 'SURVEY').out).toBe('eth0\n10.99.0.2 6443\n10.99.0.4 6443');
  const proof = await one.attest(stepOf(find(ran, 'VERIFY', 1)));
  expect({ ...proof, evidence: partsOf(proof.evidence) }).toEqual({
    state: 'present',
    evidence: ['3 of 3 rules', ...unanswered, 'packets stopped: OUTPUT N'],
  });
  expect(await one.attest(stepOf(find(ran, 'VERIFY', 3)))).toEqual({
    state: 'unreadable',
    evidence: 'left of it, without effect or in part: CHAOS-INPUT CHAOS-OUTPUT',
  });
  expect(await one.attestUndone(stepOf(find(ran, 'VERIFY', 4)), null)).toEqual({
    state: 'absent',
    evidence: 'no chain, set and queue of it, all other rules as before, the queues of eth0 are listed as before',
  });
});

test('one of all traffic, both ways, is proved by the rules of both', async () => {
  const one = await prepared({ direction: 'both', traffic: 'all' } as Partial<PlannedFault>);
  const ran = await onLoneNode(
    one.act,
    `${chaosDaemon(id, true)} run SURVEY; inject_partition 'OUTPUT INPUT'; run VERIFY
iptables-legacy -D CHAOS-INPUT 1; run VERIFY; run UNDO; run VERIFY`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual([
    ...['said 0', 'SURVEY 0', 'VERIFY 0', 'VERIFY 2', 'UNDO 0', 'VERIFY 3'],
  ]);
  const { evidence } = await one.attest(stepOf(find(ran, 'VERIFY')));
  // Of what comes in nothing need have met them yet.
  expect(partsOf(evidence.replace(/INPUT \d+, /, ''))).toEqual([
    '6 of 6 rules',
    ...unanswered,
    'packets stopped: OUTPUT N',
  ]);
});

test('where Chaos Mesh does nothing, the wait ends, by name, and nothing is to be undone', async () => {
  const { act } = await prepared();
  const short = { ...act, apply: act.apply.map((word) => (word === '20' ? '1' : word)) as unknown as typeof act.apply };
  const ran = await onLoneNode(short, `${chaosDaemon(id, true)} run SURVEY; run APPLY; run UNDO; run VERIFY`, {
    server,
  });
  expect(codes(ran)).toEqual(['said 0', 'SURVEY 0', 'APPLY 1', 'UNDO 0', 'VERIFY 3']);
  expect(find(ran, 'APPLY').out).toBe('it does not stand within 1 s, or before Chaos Mesh was through:');
});

test('what others keep in chains of the same names by now stays, and so do all of them where nobody knows whose they are', async () => {
  const { act } = await prepared();
  const ran = await onLoneNode(
    act,
    `${chaosDaemon(id, true)} run SURVEY; inject_partition OUTPUT
iptables-legacy -N OUTPUT/other_1234_; iptables-legacy -A CHAOS-OUTPUT -j OUTPUT/other_1234_
run UNDO; echo "== others $(iptables-legacy-save | grep -c -e '-j CHAOS-OUTPUT' -e '-j OUTPUT/other')"
rm -rf "$FOLDER"; run UNDO; run VERIFY
echo "== others $(iptables-legacy-save | grep -c -e '-j CHAOS-OUTPUT' -e '-j OUTPUT/other')"`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual([
    ...['said 0', 'SURVEY 0', 'UNDO 1', 'others 2', 'UNDO 0', 'VERIFY 3', 'others 2'],
  ]);
  expect(find(ran, 'VERIFY').out).toBe(
    'no chain, set and queue of it; of which object CHAOS-OUTPUT are is not known: they stay',
  );
});

test('what Chaos Mesh brings back only after a cleanup has undone the node goes with the next, which knows that it is of this fault', async () => {
  const { act } = await prepared();
  const clean = (name: string, isMakerThrough: boolean): string => {
    const [container] = undoPod(act, { run: 'test', image: 'none' }, isMakerThrough).spec?.containers ?? [];
    const command = (container?.command ?? []).map((text) => text.replaceAll('$$', () => '$'));
    const [program = '', ...more] = command.slice(command.indexOf('--') + 1);
    return `export ${quoteCommand([`${name}=${quoteCommand([program, ...more])}`])}`;
  };
  const ran = await onLoneNode(
    act,
    `${chaosDaemon(id, true)}${listing}
${clean('FIRST', false)}
${clean('LAST', true)}
${all} /run/before; run SURVEY; inject_partition OUTPUT
run FIRST; recover
run LAST; ${all} /run/after
cmp /run/before /run/after && echo '== same 0'; ls /run/skipbeat-agent || echo '== nothing 0'`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual([
    ...['said 0', 'SURVEY 0', 'FIRST 0', 'LAST 0', 'same 0', 'nothing 0'],
  ]);
  expect(parseSteps(find(ran, 'LAST').out).steps.findLast(({ step }) => step === 'undone')?.out).toBe(
    'no chain, set and queue of it, all other rules as before, the queues of eth0 are listed as before',
  );
});

/** As `inject_partition`, by names that this program does not know: of the chain, its set of sets, and the one in it, with its addresses. */
const injectNamed = `inject_named() {
  echo $3 > /run/sets/$2
  printf '%s,tcp:6443\\n' $4 > /run/sets/$3
  environment; daemon -N $1; daemon -A $1 -o eth0 -m set --match-set $2 dst,dst -j DROP
  ensure CHAOS-OUTPUT "-A CHAOS-OUTPUT -j $1"
}
`;
const named = {
  chain: 'OUTPUT/9f86d081884c7d659a2f',
  set: '60303ae22b998861bce3b28f33e',
  member: 'fd61a03af4f77d870fc21e05e7e',
};

test.each([
  ['is ended all the same', '10.99.0.2 10.99.0.4', ['UNDO 0', 'VERIFY 3'], ''],
  [
    'stays where it is about others than the API servers of this fault',
    '10.99.0.2 10.99.0.9',
    ['UNDO 1', 'VERIFY 2'],
    [
      `-A CHAOS-OUTPUT -j ${named.chain}`,
      '-A OUTPUT -j CHAOS-OUTPUT',
      `-A ${named.chain} -o eth0 -m set --match-set ${named.set} dst,dst -j DROP`,
      ...[named.set, named.member],
    ].join('\n'),
  ],
])('what a version of Chaos Mesh named otherwise %s', async (_, addresses, undone, left) => {
  const { act } = await prepared();
  const ran = await onLoneNode(
    act,
    `${chaosDaemon(id, true)}${withoutPacketFilter}${injectNamed} run SURVEY
inject_named ${named.chain} ${named.set} ${named.member} '${addresses}'
run UNDO; run VERIFY
echo '== left 0'; sort /run/rules | grep OUTPUT || true; ls /run/sets`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual(['said 0', 'SURVEY 0', ...undone, 'left 0']);
  expect(find(ran, 'left').out).toBe(left);
});

const sets = chaosDaemon(id, true);
const programs =
  'sh bash rm cat tr head sort sed grep ls cmp mkdir ip tc curl timeout getent iptables iptables-save iptables-nft iptables-nft-save';

test.each([
  [
    'on one of whose devices somebody put a queue',
    `${sets} ip link add other type veth peer name another; tc qdisc add dev other root handle 7: pfifo;`,
    'expected at the root of every device the queue that the kernel gave it, for Chaos Mesh takes away every other, found pfifo 7: on other',
  ],
  [
    'on one of whose devices somebody put a queue whose name has a digit',
    `${sets} printf '#!/bin/sh\\necho "qdisc dualpi2 8001: dev eth0 root refcnt 2 "\\n' > /run/bin/tc; chmod +x /run/bin/tc;`,
    'expected at the root of every device the queue that the kernel gave it, for Chaos Mesh takes away every other, found dualpi2 8001: on eth0',
  ],
  [
    'on which another object of Chaos Mesh acts, or did',
    `${sets} iptables-legacy -N CHAOS-INPUT;`,
    'expected no chains and sets of Chaos Mesh on the node, for it empties those that it finds, found CHAOS-INPUT: one of its objects acts there, or did',
  ],
  [
    'without ipset',
    '',
    'expected the programs iptables ipset tc ip curl bash sed grep sort timeout getent systemctl on the node, found no ipset',
  ],
  [
    'without iptables-legacy',
    `${sets} mkdir /run/few; for one in ${programs}; do ln -s "$(command -v $one)" /run/few; done; export PATH=/run/bin:/run/few;`,
    'expected iptables-legacy on the node, by which the daemon of Chaos Mesh sets its rules, found iptables-nft',
  ],
  [
    'that is not answered before the fault',
    `${sets} ip -n api link set eth0 down;`,
    'expected an API server to answer the node before the fault, found none: CANARIES',
  ],
])('a node %s is refused by name, and is left as it is', async (_, before, why) => {
  const { act } = await prepared();
  const ran = await onLoneNode(
    act,
    `${listing}; ${before} mkdir -p /run/sets; ${all} /run/before; run SURVEY; ${all} /run/after
cmp /run/before /run/after && echo '== same 0'; rm -rf "$FOLDER"; run UNDO; run VERIFY`,
    { server },
  );
  expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual(['said 0', 'SURVEY 1', 'same 0', 'UNDO 0', 'VERIFY 3']);
  expect(find(ran, 'SURVEY').out.replace(/canary .*/s, 'CANARIES')).toBe(why);
});

test('a node whose API server has an address of IPv6 is refused, for Chaos Mesh knows none', async () => {
  const { act } = await prepared();
  const ran = await onLoneNode(act, `${sets} run SURVEY`);
  expect([find(ran, 'SURVEY').code, find(ran, 'SURVEY').out]).toEqual([
    1,
    'expected API servers with IPv4 addresses, which are all that Chaos Mesh knows, found fd99::2',
  ]);
});

test(
  'a delay by Chaos Mesh is read back from its own queue, measured on the way, and taken away with all of it',
  async () => {
    const fault = { kind: 'latency', delayMs: 100, jitterMs: 0, lossPercent: 0, direction: 'to', rampSteps: 1 };
    const one = await prepared(fault as Partial<PlannedFault>);
    const ran = await onLoneNode(
      one.act,
      `${chaosDaemon(id, false)}${withoutPacketFilter}
took() { curl --silent --insecure --output /dev/null --max-time 5 --write-out '%{time_connect}' "https://$1/" | awk '{ printf "%d", $1 * 1000 }'; }
run SURVEY; run VERIFY
{ inject_delay 100ms; classify; } & injecting=$!
run APPLY; wait $injecting
echo "== took 0"; took 10.99.0.4:6443; echo " $(took 10.99.0.4:8443)"
run VERIFY; run UNDO; run VERIFY
recover
run VERIFY; run UNDO; run VERIFY
run UNDO; run VERIFY`,
      { server, machine: runScript },
    );
    expect(codes(ran), JSON.stringify(ran, null, 1)).toEqual([
      ...['said 0', 'SURVEY 0', 'VERIFY 3', 'APPLY 0', 'took 0', 'VERIFY 0', 'UNDO 0', 'VERIFY 3', 'VERIFY 2'],
      ...['UNDO 0', 'VERIFY 3', 'UNDO 0', 'VERIFY 3'],
    ]);
    const [slow = 0, other = 0] = find(ran, 'took').out.split(' ').map(Number);
    expect([slow >= 99, other < 99]).toEqual([true, true]);
    const proof = await one.attest(stepOf(find(ran, 'VERIFY', 1)));
    expect({ ...proof, evidence: withoutMeasures(proof.evidence) }).toEqual({
      state: 'present',
      evidence:
        'netem on eth0 to and from 10.99.0.2, 10.99.0.4: delay 100 ms; out: N packets, 0 dropped (0.0 %), N delayed; round trip N ms, before N ms: asked + 100.0 ms, measured + N ms',
    });
    expect((await one.attestUndone(stepOf(find(ran, 'VERIFY', 4)), null)).evidence).toBe(
      'no chain, set and queue of it, all other rules as before, the queues of eth0 are listed as before',
    );
  },
  labTimeoutMs,
);
