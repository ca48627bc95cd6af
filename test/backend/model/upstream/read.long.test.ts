import { describe, expect, test } from 'vitest';
import { version } from '../support/clusters.ts';
import { casesOf, onModel, outcomesOf, shippedFile } from './outcome.ts';
import { type Expectation, readCases, type UpstreamCase } from './read.ts';
import { validVersions } from './versions.ts';

const shipped = casesOf(shippedFile).flatMap(({ read }) => (read === null ? [] : [read]));
const byId = (id: string): UpstreamCase => {
  const found = shipped.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return structuredClone(found);
};
const fileOf = (...cases: readonly unknown[]): string => JSON.stringify({ about: 'words', generated: 'words', cases });
const failuresOf = (...cases: readonly unknown[]) =>
  outcomesOf(readCases(fileOf(...cases)), [version(34, 4)], onModel).flatMap(({ outcome }) =>
    outcome.is === 'failed' ? outcome.why : [],
  );

describe('a file of cases', () => {
  test.each([
    ['a field of its own', { ...byId('cond-04'), surprise: 1 }, ': Unrecognized key: "surprise"'],
    [
      'a level that nobody knows',
      { ...byId('cond-04'), level: 'stress' },
      'level: Invalid option: expected one of "unit"|"function"|"integration"|"e2e"',
    ],
    [
      'a flag that nobody knows',
      { ...byId('cond-04'), flags: { kubeApiQps: 5 } },
      'flags: Unrecognized key: "kubeApiQps"',
    ],
    [
      'a pass of another kind',
      { ...byId('cond-04'), passes: [{ at_s: 0, do: ['garbage'] }] },
      'passes.0.do.0: Invalid option: expected one of "health"|"noexecute"|"noschedule"|"evict"|"status"',
    ],
    [
      'an expectation of another kind',
      { ...byId('cond-04'), expect: [{ at_s: 0, podsMissing: 1 }] },
      'expect.0: Unrecognized key: "podsMissing"',
    ],
    [
      'no expectation at all',
      { ...byId('cond-04'), expect: [] },
      'expect: Too small: expected array to have >=1 items',
    ],
  ])('that has a case with %s has a failure by that name', (_, upstreamCase, names) => {
    const [one, other] = readCases(fileOf(upstreamCase, byId('cond-03')));
    expect(one?.id).toBe('cond-04');
    expect(one?.problems?.join()).toBe(names);
    expect(other?.problems).toBeNull();
    expect(failuresOf(upstreamCase, byId('cond-03')).join()).toBe(names);
  });

  test('with two cases of one name is none, nor is one without cases', () => {
    expect(() => readCases(fileOf(byId('cond-03'), byId('cond-03')))).toThrow('cond-03');
    expect(() => readCases(JSON.stringify({ cases: [] }))).toThrow();
    expect(() => readCases('{}')).toThrow();
  });

  test('may ask for what no pass comes to: a failure, not silence', () => {
    expect(failuresOf({ ...byId('cond-04'), expect: [{ at_s: 7, writes: 0 }] }).join()).toBe(
      'v1.34.4 expect[0] probe: expected {"at_s":7}, found "none"',
    );
    expect(failuresOf({ ...byId('cond-04'), expect: [{ afterPass: 3, node: 'node0', taints: [] }] })).toEqual([
      'v1.34.4 expect[0] probe: expected {"afterPass":3}, found "none"',
    ]);
  });

  test('may name a request to fail that nothing here can refuse: named, with the reason', () => {
    const upstreamCase = { ...byId('pods-05'), faults: [{ request: 'GET lease', nth: 1, fails: true }] };
    const [found] = outcomesOf(readCases(fileOf(upstreamCase)), [version(34, 4)], onModel);
    expect(found?.outcome).toEqual({
      is: 'notExpressible',
      why: 'the request that fails is none of those that a script can refuse: LIST pods, UPDATE pod status',
    });
  });

  test('says on which versions a case is valid', () => {
    const among = [version(17, 17), version(20, 2), version(28, 15), version(31), version(34, 4), version(37, 2)];
    const on = (id: string): string[] =>
      validVersions(byId(id), among).map(({ version: { minor }, graceS }) => `${minor} ${graceS ?? 'own'}`);
    expect(on('cond-03')).toEqual(['17 40', '20 40', '28 40', '31 40', '34 own', '37 own']);
    expect(on('taint-02')).toEqual(['34 own', '37 own']);
    expect(on('taint-03')).toEqual(['17 own', '28 own', '31 own', '34 own', '37 own']);
    expect(on('legacy-04')).toEqual(['17 own']);
    expect(on('integ-05')).toEqual(['37 own']);
    expect(on('integ-03')).toEqual(['20 own', '28 own', '31 own', '34 own', '37 own']);
  });
});

/** What else could have been expected, field by field. */
const other: { readonly [F in keyof Expectation]?: (value: NonNullable<Expectation[F]>) => unknown } = {
  ready: (value) => (value === 'Unknown' ? 'True' : 'Unknown'),
  status: (value) => (value === 'Unknown' ? 'True' : 'Unknown'),
  reason: () => 'Another',
  heartbeat_s: (value) => value + 1,
  transition_s: (value) => value + 1,
  writes: (value) => value + 1,
  zoneStates: (value) =>
    Object.fromEntries(Object.entries(value).map(([zone, state]) => [zone, state === 'Normal' ? 'Initial' : 'Normal'])),
  has: () => ['another:NoExecute'],
  taints: () => ['another:NoExecute'],
  podsMarkedNotReady: (value) => [...value, 'another'],
  podStatusUpdates: (value) => value + 1,
  evicted: (value) => [...value, 'another'],
  evicts: (value) => !value,
  deleted: (value) => (Object.keys(value).length === 0 ? { pod1: 1 } : {}),
  deletedWithin_s: (value) => Object.fromEntries(Object.keys(value).map((pod) => [pod, 0])),
  goneWithin_s: (value) => Object.fromEntries(Object.keys(value).map((pod) => [pod, 0])),
  tolerationKept_s: (value) => value + 1,
  tolerationByAdmission_s: (value) => value + 1,
  excluded: (value) => !value,
  min_s: () => 77,
  expired: (value) => !value,
  absDelayAtMost_s: () => 1,
  leaseRenewedWithin_s: () => 1,
  statusHeartbeatGapAtLeast_s: () => 1000,
  liveLeaseGETs: (value) => value + 1,
};

describe('each expectation of each case', () => {
  test.each(shipped)('of $id would be missed if it were another', (upstreamCase) => {
    const [valid] = validVersions(upstreamCase, [version(19, 16), version(34, 4), version(37, 2)]);
    if (valid === undefined) throw new Error(`${upstreamCase.id} is valid nowhere`);
    const outcome = onModel(valid.version, upstreamCase, valid.graceS);
    if (outcome.is === 'notExpressible') return;
    const unmoved: string[] = [];
    for (const [index, wanted] of upstreamCase.expect.entries()) {
      for (const [field, change] of Object.entries(other) as [keyof Expectation, (value: unknown) => unknown][]) {
        if (wanted[field] === undefined || wanted[field] === null) continue;
        const expectOther = upstreamCase.expect.with(index, {
          ...wanted,
          [field]: change(wanted[field]),
        } as Expectation);
        const found = onModel(valid.version, { ...upstreamCase, expect: expectOther }, valid.graceS);
        if (found.is !== 'failed') unmoved.push(`expect[${index}].${field}`);
      }
    }
    expect(unmoved).toEqual([]);
  });
});
