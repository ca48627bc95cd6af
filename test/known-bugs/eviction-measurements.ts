import { us } from '../backend/model/support/clusters.ts';
import type { OracleStep } from '../backend/model/support/traces.ts';
import { eventsOf, type Measurement, oneSilent, required, tolerating } from './controllers.ts';
import { alive, firstUs, happened, says } from './steps.ts';

/** The taint manager runs, so the timeout of 30 s that the controllers have is not what counts. From 1.27 on they take none. */
export const idleTimeout: Measurement = async ({ play, version }) => {
  if (version.minor >= 27) return null;
  const pods = { count: 1, tolerations: tolerating(300) };
  const deletedUs = firstUs(await eventsOf(play(oneSilent(version, 400, { pods }))), 'delete', 'node-0-pod-0');
  return required(deletedUs, 'an eviction') > us(300);
};

/** A kubelet says False and then nothing: one taint is swapped for the other while a timer runs. */
export const runningTimer: Measurement = async ({ play, version }) => {
  const pods = { count: 1, tolerations: { 'not-ready': 60, unreachable: 'forever' } as const };
  const events = await eventsOf(play(oneSilent(version, 120, { pods, steps: [says('node-0', 20, 'False')] })));
  return happened(events, 'delete', 'node-0-pod-0');
};

/** A pod is gone before the answer to its DELETE, and one of its name comes to the node when that is well again. */
export const sameName: Measurement = async ({ play, version }) => {
  const name = 'node-0-pod-0';
  const pods = { count: 1, tolerations: tolerating(5) };
  const others = { answerUs: 50_000 };
  const first = await eventsOf(play(oneSilent(version, 80, { pods, others })));
  const deletedUs = required(firstUs(first, 'delete', name), 'an eviction');
  const at = Math.ceil(deletedUs / us(1));
  const steps: readonly OracleStep[] = [
    { atUs: deletedUs + 20_000, name, kind: 'gone' },
    ...alive(version, 'node-0', at + 10, at + 50, 0),
    says('node-0', at + 10, 'True'),
    { atUs: us(at + 30), name, kind: 'placed', node: 'node-0', tolerations: tolerating(5) },
  ];
  const events = await eventsOf(play(oneSilent(version, at + 120, { pods, others, steps })));
  required(firstUs(events, 'taint', 'node-0', 'NoExecute', at + 50), 'a second NoExecute taint');
  return !happened(events, 'delete', name, '', at + 30);
};

export const deniedFiveTimes: Measurement = async ({ play, version }) => {
  const name = 'node-0-pod-0';
  const pods = { count: 1, tolerations: tolerating(5) };
  const steps: readonly OracleStep[] = [{ atUs: us(10), name, kind: 'denied', times: 5 }];
  required(firstUs(await eventsOf(play(oneSilent(version, 200, { pods }))), 'delete', name), 'an eviction');
  return !happened(await eventsOf(play(oneSilent(version, 200, { pods, steps }))), 'delete', name);
};

/** Watches of nodes take three seconds more; a pod is placed half a second after the taint is taken away. */
export const staleTaint: Measurement = async ({ play, version }) => {
  const others = { nodeWatchUs: us(3) };
  const steps: readonly OracleStep[] = [says('node-0', 60, 'True'), ...alive(version, 'node-0', 60, 100, 0)];
  const first = await eventsOf(play(oneSilent(version, 100, { steps, others })));
  const untaintedUs = required(firstUs(first, 'untaint', 'node-0', 'NoExecute', 60), 'the taint taken away');
  const placed: OracleStep = {
    atUs: untaintedUs + us(0.5),
    name: 'newcomer',
    kind: 'placed',
    node: 'node-0',
    tolerations: tolerating(null),
  };
  return happened(
    await eventsOf(play(oneSilent(version, 100, { steps: [...steps, placed], others }))),
    'delete',
    'newcomer',
  );
};
