import { describe, expect, test } from 'vitest';
import {
  createRateLimitedClient,
  type RateLimitedClient,
  withOwnEvents,
} from '../../../../src/backend/model/controllers/rate-limited-client.ts';
import { createClock } from '../../../../src/backend/model/engine/clock.ts';
import { commitUs, requestDownUs, requestUpUs } from '../../../../src/backend/model/engine/constants.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import { controllerDefaults } from '../../../../src/backend/model/engine/settings.ts';
import type { AskedSettings } from '../../../../src/backend/model/index.ts';
import { createApiServer, type Reply } from '../../../../src/backend/model/network/apiserver.ts';
import { cluster, fault, pauseOf, steady, us, version, workers } from '../support/clusters.ts';
import { firstNotReady, record } from '../support/runs.ts';

/** Seconds from the first NotReady to the last, of nodes that one pass finds silent. */
const passSeconds = (minor: number, nodes: number, pods: number): number => {
  const names = workers(nodes);
  const run = record(
    cluster(
      version(minor),
      { monitorPeriodSeconds: 300, graceSeconds: 299, eviction: { kind: 'tolerations', seconds: 3000 } },
      {
        seed: 3,
        workers: 4 * nodes - 1,
        backgroundPods: { controlPlane: pods, worker: pods },
        phases: [steady(30), fault(900, pauseOf(...names))],
      },
    ),
  );
  const times = names.map((name) => firstNotReady(run, name) ?? Number.NaN);
  return (Math.max(...times) - Math.min(...times)) / 1000;
};

/**
 * 20 requests a second after the first 30: of each node its status, its pods and its NoSchedule taint (a read and a
 * write), and at most as many events again. With pods to mark the taints keep up with the pass. The last node's pods come after its NotReady.
 */
describe.each([
  [50, 10],
  [20, 5],
])('a pass that finds %d nodes with %d pods each silent', (nodes, pods) => {
  const minSeconds = (nodes * (3 + pods) - 30 - (3 + pods) * 8) / 20;
  const maxSeconds = (nodes * (4 + 2 * pods) - 30) / 20;
  test.each([18, 26, 33, 34])('takes as long as its writes, on 1.%d', (minor) => {
    const seconds = passSeconds(minor, nodes, pods);
    expect(seconds).toBeGreaterThanOrEqual(minSeconds);
    expect(seconds).toBeLessThanOrEqual(maxSeconds);
  });
});

test('up to 1.26 the events of marked pods, one for each write, nearly double it', () => {
  expect(passSeconds(26, 50, 10)).toBeGreaterThan(1.6 * passSeconds(18, 50, 10));
});

test('events of the taint manager are written beside those of its node lifecycle controller, each one by one', () => {
  const clock = createClock();
  const client = { process: createProcess(), member: 0, link: null, lastFrameUs: 0 };
  const lifecycle = createRateLimitedClient(
    clock,
    createApiServer(clock, 1, { below: () => 0 }),
    client,
    () => true,
    controllerDefaults,
  );
  const taintManager = withOwnEvents(clock, lifecycle.request, () => true);
  const written: [string, number][] = [];
  const write = (who: string) => (): void => void written.push([who, clock.now()]);
  for (const [about, who] of [
    ['a', lifecycle],
    ['b', taintManager],
    ['c', lifecycle],
    ['d', taintManager],
  ] as const) {
    who.recordEvent(about, write(about));
  }
  while (clock.advance(1000));
  const eachUs = requestUpUs + commitUs + requestDownUs;
  const firstUs = requestUpUs + commitUs;
  expect(written).toEqual([
    ['a', firstUs],
    ['b', firstUs],
    ['c', firstUs + eachUs],
    ['d', firstUs + eachUs],
  ]);
});

/** When requests and events of one client came into being at the API server, with one token left of the budget. */
const takenByTheLastToken = (ask: (client: RateLimitedClient, write: (what: string) => () => Reply) => void) => {
  const clock = createClock();
  const api = createApiServer(clock, 1, { below: () => 0 });
  const member = { process: createProcess(), member: 0, link: null, lastFrameUs: 0 };
  const client = createRateLimitedClient(clock, api, member, () => true, { requestIntervalUs: us(1), requestBurst: 1 });
  const written: [string, number][] = [];
  const write = (what: string) => (): Reply => {
    written.push([what, clock.now() - requestUpUs - commitUs]);
    return 'ok';
  };
  ask(client, write);
  while (clock.advance(1000));
  return written;
};
const request = (client: RateLimitedClient, commit: () => Reply): void =>
  client.request('write', null, commit)(() => undefined);

test('who records an event and then asks for something at that moment has its token first, the event before whoever comes then', () => {
  const written = takenByTheLastToken((client, write) => {
    client.recordEvent('Pod/a', write('event of a'));
    request(client, write('pod b'));
    request(client, write('pod c'));
  });
  expect(written).toEqual([
    ['pod b', 0],
    ['event of a', us(1)],
    ['pod c', us(2)],
  ]);
});

test('an event takes its token at the moment when it is recorded where who records it asks for nothing', () => {
  const written = takenByTheLastToken((client, write) => {
    client.recordEvent('Pod/a', write('event of a'));
    client.recordEvent('Pod/b', write('event of b'));
  });
  expect(written).toEqual([
    ['event of a', 0],
    ['event of b', us(1)],
  ]);
});

test('a thousand events wait for the one that is being written; those beyond are dropped, and cost no request', () => {
  const clock = createClock();
  const api = createApiServer(clock, 1, { below: () => 0 });
  const member = { process: createProcess(), member: 0, link: null, lastFrameUs: 0 };
  const client = createRateLimitedClient(clock, api, member, () => true, controllerDefaults);
  const written: number[] = [];
  const recordEvents = (from: number, count: number): void => {
    for (let event = from; event < from + count; event += 1)
      client.recordEvent(`Node/${event}`, () => written.push(event));
  };
  recordEvents(0, 1500);
  while (clock.advance(1000));
  recordEvents(1500, 1);
  while (clock.advance(1000));
  expect(written).toEqual([...Array.from({ length: 1001 }, (_, event) => event), 1500]);
});

test('--kube-api-qps and --kube-api-burst decide how long a pass takes that marks many pods', () => {
  const lastNotReadyMs = (controllerManager: NonNullable<AskedSettings['controllerManager']>): number => {
    const names = workers(30);
    const pods = { controlPlane: 6, worker: 6 };
    const phases = [steady(60), fault(150, pauseOf(...names))];
    const run = record(
      cluster(version(34), { controllerManager }, { seed: 3, workers: 60, backgroundPods: pods, phases }),
    );
    const times = names.map((name) => firstNotReady(run, name) ?? Number.NaN);
    return Math.max(...times) - Math.min(...times);
  };
  const usual = lastNotReadyMs({});
  expect(lastNotReadyMs({ kubeApiRequestsPerSecond: 100, kubeApiBurst: 200 })).toBeLessThan(usual - 1000);
  expect(lastNotReadyMs({ kubeApiRequestsPerSecond: 5 })).toBeGreaterThan(2 * usual);
});
