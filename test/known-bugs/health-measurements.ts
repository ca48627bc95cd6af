import { us } from '../backend/model/support/clusters.ts';
import type { OracleStep, TraceEvent } from '../backend/model/support/traces.ts';
import {
  type Controllers,
  eventsOf,
  type Measurement,
  nodeWith,
  oneSilent,
  periodSeconds,
  required,
  tolerating,
  traceOf,
} from './controllers.ts';
import { alive, firstUs, happened, says } from './steps.ts';

export const lateTaint: Measurement = async ({ play, version }) => {
  const events = await eventsOf(play(oneSilent(version, 60)));
  const unknownUs = required(firstUs(events, 'condition', 'node-0', 'Unknown'), 'node-0 Unknown');
  return required(firstUs(events, 'taint', 'node-0', 'NoExecute'), 'a NoExecute taint') - unknownUs > us(4);
};

export const clockSetBack: Measurement = async ({ play, version }) => {
  const steps = alive(version, 'node-0', 30, 80, 100);
  return happened(
    await eventsOf(play(oneSilent(version, 80, { steps, aliveTo: 30 }))),
    'condition',
    'node-0',
    'Unknown',
  );
};

export const deadBehindItsClock: Measurement = async ({ play, version }) => {
  const steps = alive(version, 'node-0', 30, 60, 100);
  const events = await eventsOf(play(oneSilent(version, 300, { steps, aliveTo: 30 })));
  return !happened(events, 'condition', 'node-0', 'Unknown');
};

export const removedByHand: Measurement = async ({ play, version }) => {
  const steps: readonly OracleStep[] = [{ atUs: us(60), name: 'node-0', kind: 'untainted' }];
  const events = await eventsOf(play(oneSilent(version, 100, { steps })));
  required(firstUs(events, 'taint', 'node-0', 'NoExecute'), 'a NoExecute taint');
  return !happened(events, 'taint', 'node-0', 'NoExecute', 60.5);
};

/** A kubelet says False itself, and then nothing. */
export const unmarkedWhenSilent: Measurement = async ({ play, version }) => {
  const pods = { count: 1, tolerations: tolerating(300) };
  const events = await eventsOf(play(oneSilent(version, 80, { pods, steps: [says('node-0', 20, 'False')] })));
  required(firstUs(events, 'condition', 'node-0', 'Unknown'), 'node-0 Unknown');
  return !happened(events, 'pod', 'node-0-pod-0', 'False');
};

/** The one that is well is named master. */
export const uncountedMaster: Measurement = async ({ play, version }) => {
  const steps = [...alive(version, 'node-0', 0, 20, 0), ...alive(version, 'master', 0, 80, 0)];
  const events = await eventsOf(play(traceOf([nodeWith('node-0', null), nodeWith('master', null)], steps, 80)));
  required(firstUs(events, 'condition', 'node-0', 'Unknown'), 'node-0 Unknown');
  return !happened(events, 'taint', 'node-0', 'NoExecute');
};

/** The leases that the controller has cached are older than the grace; those that are there are not. */
export const staleLease: Measurement = async ({ play, version }) => {
  const others = { leaseWatchEndsUs: us(20) };
  const events = await eventsOf(play(oneSilent(version, 80, { aliveTo: 80, others })));
  return events.some(({ kind, what }) => kind === 'condition' && what === 'Unknown');
};

/**
 * All nodes fall silent; pods take a while to be marked, in which the first node is tainted. From 1.34 on it is queued in
 * the pass that finds it dead; before, in the pass after that, in which all the others have to be found dead.
 */
export const taintedAllDown: Measurement = async ({ play, version }) => {
  const pods = { count: 40, tolerations: tolerating(300) };
  const names = ['node-0', 'node-1', 'node-2'];
  for (const earlier of [0, periodSeconds]) {
    const steps = names.flatMap((name, index) => alive(version, name, 0, index === 0 ? 20 - earlier : 20, 0));
    const events = await eventsOf(
      play(
        traceOf(
          names.map((name) => nodeWith(name, pods)),
          steps,
          100,
        ),
      ),
    );
    const tainted = new Set<string>();
    for (const { kind, name, what } of events) {
      if (!what.startsWith('NoExecute')) continue;
      if (kind === 'taint') tainted.add(name);
      else if (kind === 'untaint') tainted.delete(name);
    }
    if (tainted.size > 0) return true;
  }
  return false;
};

/** Of two silent nodes the second waits for its turn to be tainted; by then somebody has taken its Ready condition away. */
export const withoutReady: Measurement = async ({ play, version }) => {
  const names = ['node-0', 'node-1', 'node-2', 'node-3'];
  const nodes = names.map((name) => nodeWith(name, null));
  const steps = [
    ...names.slice(0, 2).flatMap((name) => alive(version, name, 0, 20, 0)),
    ...names.slice(2).flatMap((name) => alive(version, name, 0, 80, 0)),
  ];
  const undisturbed = await eventsOf(play(traceOf(nodes, steps, 80)));
  const taintsUs = names
    .slice(0, 2)
    .map((name) => required(firstUs(undisturbed, 'taint', name, 'NoExecute'), `${name} tainted`));
  const lastUs = Math.max(...taintsUs);
  const passUs = undisturbed.findLast(({ kind, atUs }) => kind === 'pass' && atUs < lastUs)?.atUs ?? 0;
  const name = names[taintsUs.indexOf(lastUs)] ?? '';
  const stamps = { heartbeatUs: us(20), transitionUs: us(20) };
  const removed: OracleStep = {
    atUs: Math.floor((passUs + lastUs) / 2),
    name,
    kind: 'condition',
    ready: null,
    ...stamps,
  };
  const answer = await play(traceOf(nodes, [...steps, removed], 80));
  return answer?.is === 'panicked' && answer.stderr.includes('doNoExecuteTaintingPass');
};

/**
 * All nodes are down, and watches of leases bring nothing any more. Then one node reports, another renews its lease, and a
 * third joins: the second's live lease closes the way to the third in the pass in which the first is well again.
 */
export const comesBack: Measurement = async ({ play, version }) => {
  const names = ['node-0', 'node-1'];
  const steps: readonly OracleStep[] = [
    ...names.flatMap((name) => alive(version, name, 0, 20, 0)),
    says('node-0', 58, 'True'),
    ...alive(version, 'node-1', 57, 80, 0),
    { atUs: us(58), name: 'node-2', kind: 'joined', heartbeatUs: us(58), renewUs: us(58) },
  ];
  const nodes = names.map((name) => nodeWith(name, null));
  const answer = await play(traceOf(nodes, steps, 80, { leaseWatchEndsUs: us(40) }));
  return answer?.is === 'panicked' && answer.stderr.includes('handleDisruption');
};

/** The controller manager ends a second after it began to mark 200 pods. */
export const markingEnds: Measurement = async ({ play, version }) => {
  const pods = { count: 200, tolerations: tolerating(300) };
  const marked = (events: readonly TraceEvent[]): number =>
    events.filter(({ kind, what }) => kind === 'pod' && what === 'False').length;
  const undisturbed = await eventsOf(play(oneSilent(version, 80, { pods })));
  const endsUs = required(undisturbed.find(({ kind }) => kind === 'pod')?.atUs ?? null, 'a pod marked') + us(1);
  const others = { restarts: [{ endsUs, startsUs: endsUs + us(2) }] };
  return marked(await eventsOf(play(oneSilent(version, 80, { pods, others })))) < marked(undisturbed);
};

/** Two workers are NotReady together for 10 s, some time apart; later one of them falls silent. */
export const lostTaint: Measurement = async (controllers) => (await lostTaints(controllers)).lost > 0;

/** In how many of so many clusters a worker that falls silent is never tainted. */
export const lostTaints = async (
  { play, version }: Controllers,
  apartSeconds: readonly number[] = [0.2, 0.8, 1.4, 2],
): Promise<{ readonly lost: number; readonly of: number }> => {
  const results: boolean[] = [];
  for (const apart of apartSeconds) {
    for (const victim of ['node-0', 'node-1']) {
      const workers = ['node-0', 'node-1'];
      const steps = [
        ...workers.flatMap((name, index) => [
          says(name, 10 + index * apart, 'False'),
          says(name, 20 + index * apart, 'True'),
          ...alive(version, name, 0, name === victim ? 60 : 140, 0),
        ]),
        ...alive(version, 'node-2', 0, 140, 0),
      ];
      const nodes = [...workers, 'node-2'].map((name) => nodeWith(name, null));
      const events = await eventsOf(play(traceOf(nodes, steps, 140)));
      required(firstUs(events, 'condition', victim, 'Unknown', 60), `${victim} Unknown`);
      results.push(!happened(events, 'taint', victim, 'NoExecute', 60));
    }
  }
  return { lost: results.filter((is) => is).length, of: results.length };
};
