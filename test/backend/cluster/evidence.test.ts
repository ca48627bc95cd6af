import { expect, test } from 'vitest';
import type { AgentStep } from '../../../src/agent/index.ts';
import { type ActEnd, faultEvents, isAsBefore } from '../../../src/backend/cluster/evidence.ts';
import { prepared } from '../../agent/prepared.ts';

// The clock of the node is 1,000,000 ms ahead of the run's.
const clock = { offsetMs: -1_000_000, errorMs: 1.5 };
const at = (step: string, beganMs: number, out = '', code = 0): AgentStep => ({
  ...{ step, beganMs: 1_000_000 + beganMs, clockMs: 1_000_000 + beganMs + 10, code, out, err: '' },
});
const [stopped, sleeping] = ['812 T (stopped)', '812 S (sleeping)'];

const before = [at('before', 0, sleeping, 3), at('armed', 100, 'systemd b'), at('going', 200, 'systemd')];
const applied = [...before, at('applied', 2000, stopped), at('start', 2020, stopped)];
const complete = [
  ...applied,
  at('end', 61_000, stopped),
  at('undo', 62_000, stopped),
  at('undone', 62_020, sleeping, 3),
  at('cleared', 62_100),
];

const endOf = async (steps: readonly AgentStep[], known: ActEnd['clock'] = clock): Promise<ActEnd> => ({
  ...{ prepared: await prepared('kubelet-pause'), steps, clock: known },
});

test('what a node has on record becomes events at the times at which they happened', async () => {
  const events = await faultEvents('kubelet-pause-1', [await endOf(complete)]);
  const fault = 'kubelet-pause-1';
  expect(events.toSorted((one, other) => one.atMs - other.atMs)).toEqual([
    { atMs: 2010, body: { type: 'fault.injected', fault, clockMs: { worker: 1_002_010 } } },
    {
      atMs: 2030,
      body: {
        ...{ type: 'fault.attested', fault, node: 'worker', moment: 'start' },
        ...{ state: 'present', evidence: 'kubelet 812 is T (stopped)' },
      },
    },
    {
      atMs: 61_010,
      body: {
        ...{ type: 'fault.attested', fault, node: 'worker', moment: 'end' },
        ...{ state: 'present', evidence: 'kubelet 812 is T (stopped)' },
      },
    },
    { atMs: 62_000, body: { type: 'fault.undoing', fault } },
    {
      atMs: 62_030,
      body: {
        ...{ type: 'fault.undone', fault, undone: true, evidence: 'worker: kubelet 812 is S (sleeping)' },
        clockMs: { worker: 1_062_010 },
      },
    },
  ]);
});

test('where the agent died, there is no proof of the end, and it is said who undid it', async () => {
  const steps = [
    ...applied,
    at('timer', 62_400),
    at('found', 80_000, sleeping, 3),
    at('undo', 80_100, sleeping),
    at('undone', 80_200, sleeping, 3),
    at('cleared', 80_300),
  ];
  const events = await faultEvents('f', [await endOf(steps)]);
  const attested = events.flatMap(({ body }) => (body.type === 'fault.attested' ? [body.moment] : []));
  expect(attested).toEqual(['start']);
  expect(events.find(({ body }) => body.type === 'fault.undoing')?.atMs).toBe(62_400);
  expect(events.find(({ body }) => body.type === 'fault.undone')?.body).toMatchObject({
    ...{ undone: true, evidence: "worker: kubelet 812 is S (sleeping), undone by the node's own timer" },
    clockMs: { worker: 1_062_410 },
  });
});

test.each([
  [
    'it never went',
    [...before, at('idle', 60_000, 'the word to go did not come in time'), at('cleared', 60_100)],
    'worker: nothing was done there, for the word to go did not come in time',
  ],
  [
    'it could not be applied',
    [...before, at('applied', 2000, '', 4), at('undo', 2100), at('undone', 2200, sleeping, 3), at('cleared', 2300)],
    'worker: kubelet 812 is S (sleeping)',
  ],
  [
    'the record of its agent is lost',
    [at('found', 80_000, sleeping, 3), at('undo', 80_100), at('undone', 80_200, sleeping, 3), at('cleared', 80_300)],
    'worker: kubelet 812 is S (sleeping), undone by a pod of its own',
  ],
])(
  'no event says that a fault was there where %s, and one says that the node is as before',
  async (_, steps, evidence) => {
    const bodies = (await faultEvents('f', [await endOf(steps)])).map(({ body }) => body);
    expect(bodies.filter(({ type }) => type === 'fault.injected' || type === 'fault.attested')).toEqual([]);
    expect(bodies.at(-1)).toMatchObject({ type: 'fault.undone', undone: true, evidence });
    expect(isAsBefore({ steps })).toBe(true);
  },
);

test('where nothing is on record, no event says anything', async () => {
  expect(await faultEvents('f', [await endOf([])])).toEqual([]);
  expect(isAsBefore({ steps: before })).toBe(false);
});

test('without the clock of its node nothing is put at a time', async () => {
  expect(await faultEvents('f', [await endOf(complete, null)])).toEqual([]);
});

test('an undo that the node does not prove is none', async () => {
  const steps = [...applied, at('undo', 62_000), at('undone', 62_020, stopped, 0)];
  const events = await faultEvents('f', [await endOf(steps)]);
  expect(events.find(({ body }) => body.type === 'fault.undone')?.body).toMatchObject({ undone: false });
  expect(isAsBefore({ steps })).toBe(false);
});

test('a fault on several nodes is in place when it is on the last of them, and undone only where all of them say so', async () => {
  const late = complete.map((step) => ({ ...step, beganMs: step.beganMs + 70, clockMs: step.clockMs + 70 }));
  const second: ActEnd = {
    ...(await endOf(late)),
    prepared: { ...(await prepared('kubelet-pause')), target: 'worker2' },
  };
  const events = await faultEvents('f', [await endOf(complete), second]);
  expect(events.find(({ body }) => body.type === 'fault.injected')).toEqual({
    ...{ atMs: 2080, body: { type: 'fault.injected', fault: 'f', clockMs: { worker: 1_002_010, worker2: 1_002_080 } } },
  });
  const open: ActEnd = { ...second, steps: applied };
  const undone = (await faultEvents('f', [await endOf(complete), open])).filter(
    ({ body }) => body.type === 'fault.undone',
  );
  expect(undone).toEqual([]);
});
