// What a platform team keeps beside its cluster's settings. On a machine with docker and kind it runs on real clusters,
// elsewhere the model predicts; SKIPBEAT_BACKEND=kind insists on the real ones.
import { plan, type RunOptions } from 'skipbeat';
import { clusterTest } from 'skipbeat/vitest';
import { expect } from 'vitest';

const backend = (process.env.SKIPBEAT_BACKEND ?? 'auto') as NonNullable<RunOptions['backend']>;
const test = clusterTest({ backend, kubernetes: 'v1.34' });

test('a short pause is nobody’s concern', async ({ cluster }) => {
  const result = await cluster.run('./short-pause.yaml');
  expect(result).toHold();
  expect(result).toStayReady();
  expect(result).toRefuseAtMost(0);
});

test('a worker that stops is found within a minute and back a minute after', async ({ cluster }) => {
  const result = await cluster.run('fast', { set: { 'phases.1.fault': '40s' } });
  expect(result).toDetectWithin('60s');
  expect(result).toRecoverWithin('60s');
  expect(result).toMeasure('nodes.unrecovered', { equals: 0 });
});

test('by formula, a pause of 40 s is one that the profile does not sit out', async () => {
  const { prediction } = await plan('fast', { kubernetes: 'v1.34', set: { 'phases.1.fault': '40s' } });
  expect(prediction.flap).toBe('certain');
});
