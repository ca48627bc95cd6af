import { expect, test } from 'vitest';
import { runModel } from '../../../../src/backend/model/index.ts';
import { recordInto } from '../../../../src/backend/model/record.ts';
import type { EventBody } from '../../../../src/timeline/index.ts';
import { cluster, fault, pauseOf, recover, version, workers } from '../support/clusters.ts';

const asked = { graceSeconds: 40, monitorPeriodSeconds: 5, eviction: { kind: 'tolerations', seconds: 300 } } as const;

/** A run of one replica, as somebody reads it who gets no event of a single node. */
const textsOf = (...targets: readonly string[]): readonly string[] => {
  const texts: string[] = [];
  const sink = recordInto({
    event: (body: EventBody) => {
      if (body.type === 'step.ended' && body.detail !== '') texts.push(`${body.name}: ${body.detail}`);
      if (body.type === 'fault.undone') texts.push(`undone: ${body.evidence}`);
    },
    requests: () => undefined,
  });
  const phases = [fault(20, pauseOf(...targets)), recover(90)];
  runModel(cluster(version(34), asked, { replicas: 1, phases }), { ...sink, withoutNodeEvents: true });
  sink.flush();
  return texts;
};

test('one node and one endpoint have no s', () => {
  expect(textsOf('worker')).toEqual(
    expect.arrayContaining([
      'workload: 1 endpoint, answering through worker2',
      'undone: 1 node: as before, in the model',
      'fault: kubelet-pause on 1 node, as modelled',
      'recover: all nodes Ready, 1 endpoint; no request failed',
    ]),
  );
});

test('several of them are counted', () => {
  expect(textsOf(...workers(2))).toEqual(
    expect.arrayContaining([
      'undone: 2 nodes: as before, in the model',
      'fault: kubelet-pause on 2 nodes, as modelled',
    ]),
  );
});
