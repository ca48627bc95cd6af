import type { V1EndpointSlice } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { countEndpoints, keepSlices } from '../../src/observe/endpoints.ts';
import type { ObservedEndpoints } from '../../src/observe/state.ts';

const slice = (conditions: readonly object[] | null): V1EndpointSlice =>
  ({
    endpoints: conditions === null ? null : conditions.map((one) => ({ addresses: ['10.0.0.1'], conditions: one })),
  }) as unknown as V1EndpointSlice;

describe('countEndpoints', () => {
  test('counts over all slices of the Service', () => {
    expect(countEndpoints([slice([{ ready: true }]), slice([{ ready: true }, { ready: false }])])).toEqual({
      ready: 2,
      notReady: 1,
      terminating: 0,
    });
  });

  test('a terminating endpoint is neither ready nor not ready, whatever else it says', () => {
    expect(countEndpoints([slice([{ ready: false, serving: true, terminating: true }])])).toEqual({
      ready: 0,
      notReady: 0,
      terminating: 1,
    });
  });

  test('an endpoint without conditions is ready, as the API defines it', () => {
    expect(countEndpoints([slice([{}])]).ready).toBe(1);
  });

  test('a slice whose list is null has no endpoints', () => {
    expect(countEndpoints([slice(null)])).toEqual({ ready: 0, notReady: 0, terminating: 0 });
  });
});

describe('the slices of a Service', () => {
  const named = (name: string, ready: number, addressType = 'IPv4') =>
    ({
      ...{ metadata: { name }, addressType },
      endpoints: Array.from({ length: ready }, () => ({ conditions: { ready: true } })),
    }) as never;

  test('are kept, and each number that is another one is recorded once; those that do not count change nothing', () => {
    const recorded: (readonly [number, ObservedEndpoints])[] = [];
    const slices = keepSlices(
      ({ addressType }) => addressType === 'IPv4',
      (endpoints, atMs) => recorded.push([atMs, endpoints]),
    );
    slices.listed([], 1);
    expect([slices.now(), recorded]).toEqual([null, []]);
    slices.listed([named('a', 2), named('six', 2, 'IPv6')], 2);
    slices.changed(named('six', 1, 'IPv6'), 3);
    slices.changed(named('b', 1), 4);
    slices.deleted(named('a', 2), 5);
    slices.listed([], 6);
    const ready = (count: number) => ({ ready: count, notReady: 0, terminating: 0 });
    expect(recorded).toEqual([
      [2, ready(2)],
      [4, ready(3)],
      [5, ready(1)],
      [6, ready(0)],
    ]);
    expect(slices.now()).toEqual(ready(0));
  });
});
