import { createHash } from 'node:crypto';

/** Where everything lives that a run writes into somebody's cluster, but for the workload. */
export const agentNamespace = 'skipbeat-agents';

/** Everything of ours in somebody's cluster bears it, and nothing without it is ever deleted. */
export const ownLabels = { 'app.kubernetes.io/managed-by': 'skipbeat' } as const;

/** Of a list: what is ours. */
export const ownSelector = Object.entries(ownLabels)
  .map(([label, value]) => `${label}=${value}`)
  .join(',');

/** Whose run an object is of; its value is `runLabelOf`. */
export const runLabel = 'skipbeat/run';

/** Of a list: what is of this run, its own label or not. */
export const runSelectorOf = (run: string): string => `${runLabel}=${runLabelOf(run)}`;

/** By it a node may be chosen by a selector; without it by its own name alone. */
export const optIn = { label: 'skipbeat.dev/faults', value: 'allowed' } as const;

/** Annotation of a namespace that a run made, with the run's name: none without it is ever removed. */
export const createdBy = 'skipbeat.dev/created-by-run';

/** The Lease by which one run at a time holds a cluster. */
export const holdName = 'skipbeat';

/** No act may stand for longer, whatever `--max-duration` says. */
export const maxActMs = 3_600_000;

/** What somebody wrote into the cluster, as it may be printed: no line feed, no code of a terminal, not endless. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** A run's name as the value of a label: itself where it may stand there, else cut, with a digest of all of it. */
export const runLabelOf = (run: string): string =>
  /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(run)
    ? run
    : `${run
        .replace(/[^A-Za-z0-9]+/g, '-')
        .replace(/^-+/, '')
        .slice(0, 44)}-${digest(run, 12)}x`;

/** The name of the ConfigMap of one act: the same for the same act, so that none is ever written over. */
export const entryName = (run: string, act: string): string => `act-${digest(run, 12)}-${act}`;
