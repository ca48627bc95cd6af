import type { V1EndpointSlice } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { countEndpoints } from '../../src/observe/endpoints.ts';

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
