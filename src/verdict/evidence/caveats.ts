import { counted, nounFor } from '../../common/text/counted.ts';
import { disruptionOf, mutesApiServer, type Plan } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { plannedFaults } from '../measurement-window.ts';
import { secondsText } from '../text.ts';

/** What masks a figure without making it wrong: a controller that evicts nobody, an API server that could not answer. */
export const caveats = (
  { plan, events }: { readonly plan: Plan; readonly events: readonly TimelineEvent[] },
  { nodes }: Pick<RunDocument, 'nodes'>,
): string[] => {
  const max = nodes.maxNotReady ?? 0;
  const lost = Object.entries(nodes.byNode).flatMap(([node, { notReadyTransitions }]) =>
    notReadyTransitions === 0 ? [] : [node],
  );
  const disruption = disruptionOf(plan, max, lost);
  const spans = plannedFaults(plan).flatMap((planned) =>
    planned.occurrences.flatMap(({ id }) => {
      // Of the possible targets of a fault on a leader one was hit.
      const hit = ofType(events, 'fault.injecting').find(({ fault }) => fault === id)?.targets;
      const targets = planned.leaderOf === undefined ? planned.targets : (hit ?? planned.targets);
      const from = ofType(events, 'fault.injected').find(({ fault }) => fault === id);
      const to = ofType(events, 'fault.undone').find(({ fault }) => fault === id);
      if (from === undefined || !mutesApiServer(plan, { ...planned, targets })) return [];
      return [{ kind: planned.kind, fromMs: from.atMs, toMs: to?.atMs ?? null }];
    }),
  );
  return [
    ...(disruption === 'normal'
      ? []
      : [
          `${counted(max, 'node')} ${nounFor(max, 'was', 'were')} NotReady at once: the controller sees a ${disruption} disruption and holds evictions back, so what was evicted says little about fewer nodes`,
        ]),
    ...spans.map(
      ({ kind, fromMs, toMs }) =>
        `under ${kind} no API server spoke from ${secondsText(fromMs)}${toMs === null ? ' on' : ` to ${secondsText(toMs)}`}: what changed then was seen after it`,
    ),
  ];
};
