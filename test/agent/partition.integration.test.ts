import { expect, test } from 'vitest';
import { actsOf, type PreparedAct } from '../../src/agent/index.ts';
import type { PlannedFaultOf } from '../../src/plan/index.ts';
import { onLoneNode, type Ran } from './lone-node.ts';
import { actOptions } from './prepared.ts';

const partition = async (other: Partial<PlannedFaultOf<'partition'>> = {}): Promise<PreparedAct> => {
  const planned: PlannedFaultOf<'partition'> = {
    ...{ kind: 'partition', id: 'partition-1', targets: ['worker'], occurrences: [] },
    ...{ direction: 'both', by: 'drop', traffic: 'control', ...other },
  };
  const apiServers = [{ address: '10.99.0.4', port: 6443 }];
  const [prepared] = await actsOf(planned, { ...actOptions, id: 'a1b2c3-partition-1', apiServers });
  if (prepared === undefined) throw new Error('no act');
  return prepared;
};

const readWith = ({ attest }: PreparedAct, { step, code, out }: Ran) =>
  attest({ step, beganMs: 1, clockMs: 2, code, out, err: '' });

/** What a proof says, in order: its canaries end in any, and how many packets were stopped is the kernel's. */
const evidenceOf = ({ evidence }: { readonly evidence: string }): readonly string[] =>
  evidence
    .replace(/(?<=OUTPUT )\d+/, 'N')
    .split('; ')
    .toSorted();

const reached =
  'echo "== $(code 10.99.0.2 6443) $(code fd99::2 6443) $(code 10.99.0.4 6443) $(code 10.99.0.4 8443) $(code 10.99.0.9 6443)"';
const rules = '{ iptables-save; ip6tables-save; } | grep "^-A" | sort > ';

test('a node cuts itself off from every API server that the cluster names or that its kubelet asks, and from nothing else', async () => {
  const prepared = await partition();
  const ran = await onLoneNode(
    prepared.act,
    `iptables --append INPUT --source 10.99.0.77 --jump ACCEPT
${rules} /run/before
run SURVEY; run VERIFY; run APPLY
${reached}
run VERIFY; run UNDO
${reached}
run VERIFY
${rules} /run/after
cmp /run/before /run/after && echo '== same 0'
run UNDO; run VERIFY`,
  );
  const [, survey, before, apply, during, stands, undo, after, gone, same, again, still] = ran;
  expect([
    survey?.code,
    before?.code,
    apply?.code,
    stands?.code,
    undo?.code,
    gone?.code,
    again?.code,
    still?.code,
  ]).toEqual([...[0, 3, 0, 0, 0, 3, 0, 3]]);
  expect(survey?.out.split('\n')).toEqual(['10.99.0.2 6443', '10.99.0.4 6443', 'fd99::2 6443']);
  // 28: not answered. Another port of an API server, and another host, answer.
  expect(during).toMatchObject({ step: '28', code: 28, out: '' });
  expect(same?.step, JSON.stringify(ran)).toBe('same');
  expect(after?.step).toBe('0');
  if (stands === undefined || gone === undefined) throw new Error('not verified');
  expect(await readWith(prepared, stands)).toMatchObject({
    state: 'present',
  });
  expect(evidenceOf(await readWith(prepared, stands))).toEqual([
    ...['18 of 18 rules', 'canary to 10.99.0.2 not answered', 'canary to 10.99.0.4 not answered'],
    ...['canary to fd99::2 not answered', 'packets stopped: OUTPUT N'],
  ]);
  expect(await readWith(prepared, gone)).toEqual({
    state: 'absent',
    evidence: 'no rule of ours, all others as before',
  });
});

test('one way and by reset, a node is cut as asked', async () => {
  const prepared = await partition({ direction: 'to', by: 'reject', traffic: 'all' });
  const ran = await onLoneNode(
    prepared.act,
    'run SURVEY; run APPLY; echo "== $(code 10.99.0.2 8443) 0"; run VERIFY; run UNDO; run VERIFY',
  );
  const [, , , refused, stands, , gone] = ran;
  // 7: refused.
  expect([refused?.step, stands?.code, gone?.code]).toEqual(['7', 0, 3]);
  if (stands === undefined) throw new Error('not verified');
  expect(evidenceOf(await readWith(prepared, stands))).toEqual([
    ...['12 of 12 rules', 'canary to 10.99.0.2 refused', 'canary to 10.99.0.4 refused', 'canary to fd99::2 refused'],
    'packets stopped: OUTPUT N',
  ]);
});

test('a rule that is missing, and a server that has moved, make no proof', async () => {
  const prepared = await partition();
  const ran = await onLoneNode(
    prepared.act,
    `run SURVEY; run APPLY; iptables --delete INPUT 1; run VERIFY
printf '10.99.0.9 api.test\\n' >> /run/hosts
run VERIFY; run UNDO; iptables --append INPUT --source 10.99.0.77 --jump ACCEPT; run VERIFY`,
  );
  const [, , , missing, moved, , gone] = ran;
  if (missing === undefined || moved === undefined || gone === undefined) throw new Error('not verified');
  const incomplete = [
    ...['17 of 18 rules', 'canary to 10.99.0.2 not answered', 'canary to 10.99.0.4 not answered'],
    ...['canary to fd99::2 not answered', 'packets stopped: OUTPUT N'],
  ];
  expect((await readWith(prepared, missing)).state).toBe('absent');
  expect(evidenceOf(await readWith(prepared, missing))).toEqual(incomplete);
  expect(evidenceOf(await readWith(prepared, moved))).toEqual([
    ...incomplete,
    "the kubelet's server has another address by now: 10.99.0.9",
  ]);
  expect(await readWith(prepared, gone)).toEqual({
    state: 'absent',
    evidence: 'no rule of ours, of others 0 went and 1 came meanwhile',
  });
});

test('a kubelet that asks a proxy of its node is cut off at what the cluster names, and the node itself is left alone', async () => {
  const { act } = await partition();
  const [, survey] = await onLoneNode(act, 'run SURVEY', { server: 'https://localhost:6444' });
  expect(survey?.out).toBe('10.99.0.4 6443');
});

const programs =
  'sh rm cat tr head sort iptables iptables-save iptables-restore ip6tables-save ip6tables-restore ip curl sed grep timeout getent';

const needed =
  'expected the programs iptables iptables-save iptables-restore ip curl sed grep timeout getent systemctl on the node';

const without = (program: string): string =>
  `mkdir /run/few; for one in ${programs.replace(` ${program} `, ' ')}; do ln -s "$(command -v $one)" /run/few; done; export PATH=/run/bin:/run/few;`;

test.each([
  [
    'has no packet filter',
    'https://api.test:6443',
    without('iptables-restore'),
    `${needed}, found no iptables-restore`,
  ],
  ['has nothing to ask an API server with', 'https://api.test:6443', without('curl'), `${needed}, found no curl`],
  [
    'is not answered before the fault',
    'https://10.99.0.77:6443',
    'ip link set eth0 down;',
    'expected an API server to answer the node before the fault, found none: CANARIES',
  ],
  [
    'asks several servers',
    'https://a:1\\n    server: https://b:2',
    '',
    "expected one server in the kubelet's /run/kubelet.conf, found several",
  ],
  [
    'asks without TLS',
    'http://api.test:6443',
    '',
    "expected a server with https in the kubelet's /run/kubelet.conf, found none",
  ],
  [
    'asks a name that has no address',
    'https://nowhere.test:6443',
    '',
    'expected an address of nowhere.test, which the kubelet asks, found none',
  ],
  [
    'has no kubelet that runs',
    'https://api.test:6443',
    'echo "echo 0" > /run/bin/systemctl;',
    'expected a kubelet.service of systemd that runs, found none',
  ],
])('a node that %s is refused by name, and nothing of the fault is there', async (_, server, before, why) => {
  const { act } = await partition();
  const ran = await onLoneNode(act, `${before} run SURVEY; rm -rf "$FOLDER"; run VERIFY`, { server });
  const [, survey, verify] = ran;
  expect([survey?.code, verify?.code]).toEqual([1, 3]);
  expect(survey?.out.replace(/canary .*/s, 'CANARIES')).toBe(why);
});
