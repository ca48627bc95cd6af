import * as z from 'zod';
import { type EventOf, isFailure, ofType, type RequestRecord } from '../timeline/index.ts';
import type { FigureSource, FigureTraits } from './figure.ts';
import { firstLossMs, lastReturnMs } from './nodes.ts';
import { endpointLosses, evictedPods, replacementsReady } from './pods.ts';
import { counted, type ReadRequests, type Seen } from './seen.ts';
import { figure } from './shape.ts';
import { evictions, lost, moment, pods } from './traits.ts';

const evictedSince = ({ events, window }: Seen): readonly EventOf<'pod'>[] => counted(evictedPods(events), window);

/** When requests of one kind ended, the first or the last of those since counting began. */
const endOf =
  (which: 'first' | 'last', is: (request: RequestRecord) => boolean): ReadRequests =>
  ({ countFromMs }) => {
    let foundMs: number | null = null;
    return {
      see: (request) => {
        const { endedMs } = request;
        if (countFromMs === null || endedMs < countFromMs || !is(request)) return;
        if (foundMs === null || (which === 'first' ? endedMs < foundMs : endedMs > foundMs)) foundMs = endedMs;
      },
      result: () => foundMs,
    };
  };

const isRefused = ({ outcome }: RequestRecord): boolean => outcome === 'refused';

/** An instant of `timing`. @param own `since`: whether `sinceFault` has it, too */
const instant = (
  name: string,
  restsOn: readonly FigureSource[],
  own: Partial<FigureTraits> & { readonly since?: boolean } = {},
  about: string | null = null,
) => {
  const { since = false, ...rest } = own;
  const labels = { moment: name };
  return figure(
    {
      ...moment,
      restsOn,
      metric: { family: 'skipbeat_moment_seconds', labels },
      ...(since ? { repeatsMetric: { family: 'skipbeat_repeats_since_fault_seconds', labels } } : {}),
      ...(rest.compared === undefined || rest.label === undefined ? {} : { short: rest.label }),
      ...rest,
    },
    about,
  );
};

export const timingShape = z
  .strictObject({
    faultStartMs: instant('faultStart', [], { over: 'measured', compute: ({ window }) => window.faultStartMs }),
    firstNotReadyMs: instant('firstNotReady', ['nodes'], {
      ...lost,
      compute: firstLossMs,
      since: true,
      compared: 'timing',
      label: 'first node NotReady',
    }),
    firstEndpointLostMs: instant(
      'firstEndpointLost',
      ['endpointslices'],
      { compute: ({ events, window }) => counted(endpointLosses(events), window)[0]?.atMs ?? null },
      'The first time that the Service had fewer ready endpoints than before.',
    ),
    firstEndpointsEmptyMs: instant('firstEndpointsEmpty', ['endpointslices', 'program'], {
      compute: ({ events, window }) =>
        counted(ofType(events, 'endpoints'), window).find(({ ready }) => ready === 0)?.atMs ?? null,
      since: true,
      label: 'no endpoint left',
    }),
    firstRefusedMs: instant('firstRefused', ['requests'], {
      readRequests: endOf('first', isRefused),
      since: true,
      compared: 'timing',
      label: 'first refused',
      harmKinds: ['refused'],
    }),
    firstEvictionMs: instant('firstEviction', evictions, {
      compute: (seen) => evictedSince(seen)[0]?.atMs ?? null,
      harmKinds: pods.harmKinds,
      since: true,
      compared: 'timing',
      label: 'first pod evicted',
    }),
    firstReplacementReadyMs: instant(
      'firstReplacementReady',
      [...evictions, 'program'],
      {
        compute: (seen) =>
          counted(replacementsReady(seen.events, evictedSince(seen)[0] ?? null), seen.window)[0]?.atMs ?? null,
      },
      'The first pod that was seen first after an eviction, Ready.',
    ),
    lastReadyMs: instant('lastReady', ['nodes'], {
      compute: lastReturnMs,
      since: true,
      better: 'lower',
      growsWith: 'nodes',
      compared: 'harm',
      label: 'last node Ready again',
    }),
    lastRefusedMs: instant('lastRefused', ['requests'], {
      readRequests: endOf('last', isRefused),
      since: true,
      better: 'lower',
      growsWith: 'offered',
      compared: 'harm',
      label: 'last refused',
    }),
    lastFailedMs: instant(
      'lastFailed',
      ['requests'],
      {
        better: 'lower',
        growsWith: 'offered',
        readRequests: endOf('last', ({ outcome }) => isFailure(outcome)),
      },
      'The last request that failed in any way: refused, reset, timed out, unreachable, or with an error. Not in documents that an older skipbeat wrote.',
    ).exactOptional(),
  })
  .describe('First and last since the first fault began; since the start of the load where the plan has no fault.');

export const durationShape = figure(
  {
    unit: 'durationMs',
    better: 'depends',
    restsOn: [],
    over: 'measured',
    compute: ({ window }) => window.ended?.atMs ?? null,
    metric: { family: 'skipbeat_run_duration_seconds' },
  },
  "null where the run's end is not on record.",
);
