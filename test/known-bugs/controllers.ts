import type { Tolerations } from '../../src/backend/model/engine/state.ts';
import type { ModelVersion } from '../../src/backend/model/index.ts';
import { us } from '../backend/model/support/clusters.ts';
import { askConnection, askLease, type Played, playOnOracle, type Renewal } from '../backend/model/support/oracle.ts';
import type { TraceNode } from '../backend/model/support/quiet-simulation.ts';
import type { OracleStep, OracleTrace, TraceEvent } from '../backend/model/support/traces.ts';
import { alive } from './steps.ts';

/** Real controllers and clients of one version. */
export type Controllers = {
  readonly version: ModelVersion;
  /** Null where they cannot be run to the end on a virtual clock. */
  readonly play: (trace: OracleTrace) => Promise<Played | null>;
  /** Of a kubelet that starts with 60 s and finds a lease of 40; null where the version has none that can be asked. */
  readonly renewals: () => Promise<readonly Renewal[] | null>;
  readonly waitsOnDeadConnectionUs: () => Promise<number>;
};

/** @param program see buildOracle */
export const controllersOf = (program: string, version: ModelVersion): Controllers => ({
  version,
  play: (trace) => playOnOracle(program, trace),
  renewals: () => askLease(program, { durationSeconds: 60, foundSeconds: 40, renewUs: us(10), endUs: us(600) }),
  waitsOnDeadConnectionUs: () => askConnection(program),
});

/** Whether the controllers of a version have a bug, by what they do; null where that cannot be seen on the version. */
export type Measurement = (controllers: Controllers) => Promise<boolean | null>;

const graceSeconds = 10;
export const periodSeconds = 5;

/** By node: so many pods that tolerate the same. */
type Pods = { readonly count: number; readonly tolerations: Tolerations };

export const tolerating = (stay: number | 'forever' | null): Tolerations => ({ 'not-ready': stay, unreachable: stay });

export const nodeWith = (name: string, pods: Pods | null): TraceNode => ({
  name,
  zone: '0',
  heartbeatUs: -us(1),
  transitionUs: -us(1),
  renewUs: -us(1),
  pods: Array.from({ length: pods?.count ?? 0 }, (_, index) => ({
    name: `${name}-pod-${index}`,
    tolerations: pods?.tolerations ?? {},
  })),
});

/** A grace of 10 s and passes every 5 s, with requests that take some milliseconds. */
export const traceOf = (
  nodes: readonly TraceNode[],
  events: readonly OracleStep[],
  endSeconds: number,
  others: Partial<OracleTrace> = {},
): OracleTrace => ({
  startUs: us(1),
  restarts: [],
  endUs: us(endSeconds),
  periodUs: us(periodSeconds),
  graceUs: us(graceSeconds),
  passUs: 1000,
  writeUs: 2500,
  readUs: 1000,
  answerUs: 500,
  watchUs: 2000,
  jitterUs: 0,
  jitterSeed: 0,
  nodes,
  events: events.toSorted((a, b) => a.atUs - b.atUs),
  ...others,
});

export const eventsOf = async (played: Promise<Played | null>): Promise<readonly TraceEvent[]> => {
  const answer = await played;
  if (answer === null) throw new Error('The controllers waited for a lock, which stops a virtual clock');
  if (answer.is === 'panicked') throw new Error(`The controllers panicked:\n${answer.stderr}`);
  return answer.events;
};

/** Of two nodes node-1 is well throughout. */
export const oneSilent = (
  version: ModelVersion,
  endSeconds: number,
  {
    steps = [],
    pods = null,
    aliveTo = 20,
    others = {},
  }: {
    readonly steps?: readonly OracleStep[];
    readonly pods?: Pods | null;
    readonly aliveTo?: number;
    readonly others?: Partial<OracleTrace>;
  } = {},
): OracleTrace =>
  traceOf(
    [nodeWith('node-0', pods), nodeWith('node-1', null)],
    [...alive(version, 'node-0', 0, aliveTo, 0), ...alive(version, 'node-1', 0, endSeconds, 0), ...steps],
    endSeconds,
    others,
  );

export const required = (value: number | null, what: string): number => {
  if (value === null) throw new Error(`expected ${what}, which did not happen`);
  return value;
};
