import type { Recorder } from '../../backend/index.ts';
import { SkipbeatError } from '../../common/errors.ts';
import { packageVersion } from '../../common/package.ts';
import { counted } from '../../common/text/counted.ts';
import { eventsFile, requestsFile, stamped, type TimelineEvent } from '../../timeline/index.ts';
import { recordRun } from '../write/record-run.ts';
import type { JudgedRun } from './evidence.ts';
import type { Manifest } from './manifest.ts';
import { type RequestSum, sumRequests } from './request-sum.ts';

const named = (event: TimelineEvent | undefined): string =>
  event === undefined ? 'nothing' : `${event.type} at ${event.atMs} ms`;

/** What differs between what the model made and what was found in the same place. */
const difference = (made: TimelineEvent | undefined, found: TimelineEvent | undefined): string =>
  named(made) === named(found)
    ? `expected another ${named(made)}, found ${JSON.stringify(found)}`
    : `expected ${named(made)}, found ${named(found)}`;

type Recomputed = {
  readonly error: unknown;
  /** The first event that differs, in words; null where none does. */
  readonly events: string | null;
  readonly requests: RequestSum;
};

/** Runs the model and holds its events against those of the record as they come. `complete`: the record came to its end. */
const recompute = async ({ plan, record }: JudgedRun, complete: boolean): Promise<Recomputed> => {
  // What was stopped is the beginning of what the model makes, and then its own end.
  const expected = complete ? record.events : record.events.filter(({ type }) => type !== 'run.ended');
  const requests = sumRequests(complete ? Number.POSITIVE_INFINITY : record.requests.count);
  let count = 0;
  let differs: string | null = null;
  const recorder: Recorder = {
    startNs: 0n,
    nowMs: () => 0,
    event: (body, atMs = 0) => {
      const made = stamped(body, atMs);
      const found = expected[count];
      count += 1;
      if (differs !== null || (!complete && found === undefined) || JSON.stringify(made) === JSON.stringify(found))
        return;
      differs = `line ${count}: ${difference(made, found)}`;
    },
    requests: (batch) => {
      for (const one of batch) requests.add(one);
    },
  };
  const { modelBackend } = await import('../../backend/model/index.ts');
  const { signal } = new AbortController();
  const options = { plan, backend: modelBackend(), startedAt: new Date(0), stop: signal, interrupted: signal };
  const error = await recordRun(options, recorder);
  if (differs === null && count < expected.length) {
    differs = `line ${count + 1}: ${difference(undefined, expected[count])}`;
  }
  return { error, events: differs, requests: requests.result() };
};

/** Who made a record that this model does not make: not known where another skipbeat did. */
const maker = (manifest: Manifest | null): string => {
  const [own, its] = [packageVersion(), manifest?.versions.skipbeat ?? null];
  return its === null || its === own
    ? 'another model made it, or it was edited'
    : `skipbeat ${its} made it, and whether it is as that left it cannot be known by the model of ${own}`;
};

/**
 * A prediction follows from its plan, and the seed in it, alone: the model is run again and has to come to the same
 * record. Takes as long as the prediction took.
 * @returns what speaks against the record, in words; empty of a real run, which nothing can make again
 */
export const predictionProblems = async (run: JudgedRun, manifest: Manifest | null): Promise<readonly string[]> => {
  const { document, record } = run;
  if (!document.predicted) return [];
  const complete = record.events.some((event) => event.type === 'run.ended' && event.outcome === 'completed');
  const { error, events, requests } = await recompute(run, complete);
  if (error !== null) {
    // What the model cannot do it says so; anything else is a bug and must show.
    if (!(error instanceof SkipbeatError)) throw error;
    return [
      `${eventsFile}: expected a prediction that the model makes again of plan.json, found that here it cannot: ${error.message}`,
    ];
  }
  return [
    ...(events === null
      ? []
      : [`${eventsFile}: expected what the model makes of plan.json; ${events}; ${maker(manifest)}`]),
    ...(requests.sha256 === record.requests.sha256
      ? []
      : [
          `${requestsFile}: expected the ${counted(requests.count, 'request')} that the model makes of plan.json, found ${record.requests.count} of which some are others; ${maker(manifest)}`,
        ]),
  ];
};
