import * as z from 'zod';
import { type RequestOutcome, requestOutcomes, reusedPortCode } from '../timeline/index.ts';
import type { FigureTraits } from './figure.ts';
import type { MetricFamilyName } from './metric-families.ts';
import type { ReadRequests } from './seen.ts';
import { alike, figure, knownFigure, noFigures } from './shape.ts';
import {
  count,
  events,
  latency,
  outcome,
  type QuantileName,
  quantile,
  quantileNames,
  requests,
  slowest,
} from './traits.ts';

const outcomeLabels: Partial<Readonly<Record<RequestOutcome, string>>> = {
  ok: 'requests ok',
  refused: 'requests refused',
  timeout: 'requests timed out',
};

const offered = { ...count, better: 'depends', growsWith: 'offered' } as const;

const reusedPorts: ReadRequests = ({ knowsPorts }) => {
  let count = 0;
  return {
    see: ({ code }) => {
      if (code === reusedPortCode) count += 1;
    },
    result: () => (knowsPorts ? count : null),
  };
};

/** @param kinds the harm that those of the slowest tell of; left out: slow answers */
const quantiles = (traits: (name: QuantileName | 'mean') => FigureTraits, kinds = slowest) =>
  z
    .strictObject({
      ...alike(quantileNames, (name) => figure({ ...traits(name), ...kinds(name) })),
      mean: figure(
        { ...traits('mean'), ...kinds('mean') },
        'Of the same requests. Where a quantile does not tell how many are slow, their mean does. Not in documents that an older skipbeat wrote.',
      ).exactOptional(),
    })
    .describe('Milliseconds; each null when there was nothing to take it from.');

/**
 * A slower answer is a harm. What an answer of a healthy cluster takes, about 1 ms, is another fraction of a millisecond in
 * every run and on every machine, which nobody feels: of p50, p90 and the mean, which are just that, 1 ms is no difference.
 * Quantiles say nothing of how many answers are slow between two of them (60 % as all, by p90): the mean does.
 */
const slower = (name: QuantileName | 'mean'): Pick<FigureTraits, 'compared' | 'minTolerance'> => ({
  compared: 'harm',
  ...(name === 'p50' || name === 'p90' || name === 'mean' ? { minTolerance: 1 } : {}),
});

/** A mean is no quantile of a summary: it has a family of its own. */
const answerMetric = (summary: MetricFamilyName, mean: MetricFamilyName, name: QuantileName | 'mean') =>
  name === 'mean' ? { metric: { family: mean } } : quantile(summary, name);

/** Of some of the requests: how they ended and how long they took. */
const asked = (
  outcomes: (name: RequestOutcome) => FigureTraits,
  answered: (name: QuantileName | 'mean') => FigureTraits,
  all: FigureTraits,
) =>
  z
    .strictObject({
      offered: knownFigure(offered),
      ...alike(requestOutcomes, (name) => figure(outcomes(name))),
      latencyMs: quantiles(answered),
      allLatencyMs: quantiles(() => all).exactOptional(),
    })
    .describe('Of some of the requests: how they ended and how long they took.');

/** Where a phase was asked in several ways, each of them by itself. */
const waysShape = noFigures(
  z
    .array(
      z.strictObject({
        phase: z.string(),
        entrance: z.string(),
        connection: z.enum(['fresh', 'keep-alive']),
        offered: z.number(),
        ...alike(requestOutcomes, () => z.number().nullable()),
        latencyMs: z
          .strictObject({
            ...alike(quantileNames, () => z.number().nullable()),
            mean: z.number().nullable().exactOptional(),
          })
          .describe('Of answers, in ms from when the request was due; null where there was none.'),
        slowSeconds: z
          .number()
          .nullable()
          .describe('How long answers took beyond 20 ms each, all of them together; null where nobody asked.'),
      }),
    )
    .describe(
      'Each phase by entrance and by kind of connection, where the load has several of either: how requests ended and how long answers took. Left out where it has one of each, and in documents that an older skipbeat wrote.',
    ),
  'compare looks for what is worse in them behind totals that are the same; what an expectation says of a part of all requests is to be held against the rest of them',
);

export const requestsShape = z
  .strictObject({
    offered: knownFigure({ ...offered, label: 'requests offered' }),
    ...alike(requestOutcomes, (name) =>
      figure({
        ...events,
        ...requests,
        ...outcome('skipbeat_requests', name),
        repeatsMetric: { family: 'skipbeat_repeats_requests', labels: { outcome: name } },
        ...(outcomeLabels[name] === undefined ? {} : { label: outcomeLabels[name] }),
        ...(name === 'refused' ? { short: 'requests refused' } : {}),
        // What the load could not send was not answered either; beyond a few of them a run is inconclusive.
        ...(name === 'ok' ? {} : { compared: 'harm' }),
      }),
    ),
    reusedPort: figure(
      { ...events, ...requests, growsWith: 'offered', readRequests: reusedPorts },
      'Time-outs of connections from a source port on which an earlier one of this load was left unanswered: conntrack may have sent them to the same pod, though it was gone. null: not known. Not in documents that an older skipbeat wrote.',
    ).exactOptional(),
    latencyMs: quantiles((name) => ({
      ...latency,
      ...answerMetric('skipbeat_request_latency_seconds', 'skipbeat_request_mean_latency_seconds', name),
      repeatsMetric: { family: 'skipbeat_repeats_request_latency_seconds', labels: { of: name } },
      ...(name === 'p50' || name === 'p99' || name === 'mean' ? { label: `latency of answers, ${name}` } : {}),
      ...(name === 'p99' ? { short: 'p99 of answers' } : {}),
      // Of what is slow for fewer than 1 % of the requests, no other tells.
      ...(name === 'max' ? slower(name) : {}),
    })).describe('Of answers (ok, httpError), from when the request was due.'),
    plannedLatencyMs: quantiles(
      (name) => ({ ...latency, ...(name === 'max' ? {} : slower(name)) }),
      () => ({}),
    )
      .describe(
        'The same of requests that were due in phases of a planned length: in all but recoveries, which take as long as they need, so that a longer one would have fewer slow answers in a hundred. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    slowSeconds: figure(
      {
        ...requests,
        ...{ unit: 'seconds', better: 'lower', over: 'disturbed', growsWith: 'offered', lessGivesLess: true },
        ...{ compared: 'harm', minTolerance: 0.5, anyIsHarm: false },
      },
      'How long answers of all recoveries together took beyond 20 ms each: p50 to p99 and the mean of a recovery are diluted by its length, which goes by the settings, too. null: nobody asked in one of them. Not in documents that an older skipbeat wrote.',
    ).exactOptional(),
    allLatencyMs: quantiles(() => latency)
      .describe(
        'Of everything sent, from when it was due to its end, whatever that was: a time-out with its full time. Not in documents that an older skipbeat wrote, there and by phase.',
      )
      .exactOptional(),
    latenessMs: quantiles(
      (name) => ({
        ...latency,
        restsOn: [],
        over: 'measured',
        ...(name === 'mean' ? {} : quantile('skipbeat_request_lateness_seconds', name)),
      }),
      () => ({}),
    ).describe('Of everything sent: how long after it was due.'),
    byPhase: z.record(
      z.string(),
      asked(
        (name) => ({ ...events, ...requests, over: 'phase', ...outcome('skipbeat_phase_requests', name) }),
        (name) => ({
          ...latency,
          over: 'phase',
          ...answerMetric(
            'skipbeat_phase_request_latency_seconds',
            'skipbeat_phase_request_mean_latency_seconds',
            name,
          ),
          // Of the phase in which it was worst: what is slow for 5 % of a short one may be less than 1 % of all.
          ...(name === 'max' ? {} : slower(name)),
        }),
        { ...latency, over: 'phase' },
      ),
    ),
    byEntrance: z
      .record(
        z.string(),
        asked(
          (name) => ({ ...events, ...requests, ...outcome('skipbeat_entrance_requests', name) }),
          () => latency,
          latency,
        ),
      )
      .describe(
        'By the node through which they entered, under its short name. A request that is not answered there may have been lost behind it. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    ways: waysShape.exactOptional(),
  })
  .describe(
    'Where no request was offered, or none in a phase from the first fault on, nobody knows: each outcome is null, not 0.',
  );
