import { countedGrouped } from '../../../common/text/counted.ts';
import { detectionParts, millisecondsText, numberText, secondsText } from '../../../verdict/index.ts';
import { detectionNotes, detectionTitle, partNames, partText, predictedText, whichNames } from '../../detection.ts';
import type { HtmlInput } from '../input.ts';
import { type Cell, el, type Markup, section, table } from '../markup.ts';

type Counters = NonNullable<NonNullable<HtmlInput['document']['detection']>['counters']>;

const ms = (value: number | null): Cell => ({ number: value === null ? 'none' : millisecondsText(value) });

const count = (value: number | null): Cell => ({ number: numberText(value) });

/** What the counters behind the parts say, for whoever wants to know why a part is as long as it is. */
const counterTables = ({ requests, queues, flows, levels, served, zones, passes, fromMs, toMs }: Counters): Markup =>
  el(
    'details',
    {},
    el('summary', {}, 'What the control plane counted meanwhile'),
    el(
      'p',
      { class: 'note' },
      `In ${secondsText(toMs - fromMs)}, from the fault to the last reading${passes === null ? '' : `: ${countedGrouped(passes.count, 'pass', 'passes')} ended, ${secondsText(passes.seconds * 1000)} long together`}.`,
    ),
    table(
      'Requests of the controller manager, all its clients',
      ['request', '#count', '#took, mean', '#of that for the rate limiter, mean'],
      requests.map((one) => [
        `${one.verb} ${one.resource ?? ''}`.trim(),
        count(one.count),
        ms(one.tookMs),
        ms(one.waitedMs),
      ]),
    ),
    table(
      'Its work queues',
      ['queue', '#items', '#waited, mean', '#depth at the end'],
      Object.entries(queues).map(([name, one]) => [name, count(one.items), ms(one.waitedMs), count(one.depth)]),
    ),
    table(
      'Zones as it counts them',
      ['zone', '#nodes', '#unhealthy', '#healthy %', '#nodes tainted NoExecute or emptied since the fault'],
      Object.entries(zones).map(([zone, one]) => [
        zone === '' ? 'none' : zone,
        ...[one.nodes, one.unhealthy, one.healthyPercent, one.evictions].map(count),
      ]),
    ),
    flows === null
      ? null
      : table(
          'Priority levels of the API servers',
          ['level', 'flow schema', '#requests', '#queued, mean', '#rejected', '#seats taken at the end', '#of'],
          flows.map(({ level, schema, count: requested, waitedMs, rejected }) => [
            ...[level, schema],
            ...[count(requested), ms(waitedMs), count(rejected)],
            ...[count(levels[level]?.executing ?? null), count(levels[level]?.limit ?? null)],
          ]),
        ),
    served === null
      ? null
      : table(
          'Writes as the API servers counted them',
          ['request', '#count', '#took, mean'],
          served.map(({ verb, resource, count: asked, tookMs }) => [`${verb} ${resource}`, count(asked), ms(tookMs)]),
        ),
  );

/** How late the first, the median and the last node was called NotReady, part by part, beside the model. */
export const detectionSection = ({ document: { detection } }: HtmlInput): Markup | null => {
  if (detection === undefined) return null;
  const notes = detectionNotes(detection).map((note) => el('p', { class: 'note' }, note));
  if (detection.lost === null) return section('detection', detectionTitle, ...notes);
  const hasModel = detection.nodes.some(({ predictedLateMs }) => predictedLateMs !== undefined);
  const model = (predicted: Parameters<typeof predictedText>[0]): readonly Cell[] =>
    hasModel ? [{ number: predictedText(predicted) }] : [];
  const rows: readonly (readonly Cell[])[] = [
    ...detectionParts.map((part): readonly Cell[] => [
      partNames[part],
      ...detection.nodes.flatMap(({ parts }): readonly Cell[] => [
        { number: partText(parts[part]) },
        ...model(parts[part].predicted),
      ]),
    ]),
    [
      'NotReady since the fault',
      ...detection.nodes.flatMap(({ lateMs, predictedLateMs }): readonly Cell[] => [
        { number: secondsText(lateMs) },
        ...model(predictedLateMs),
      ]),
    ],
    [
      'then in the work queue of taints',
      ...detection.nodes.flatMap(({ taint }): readonly Cell[] => [
        { number: partText(taint.workQueue) },
        ...model(null),
      ]),
    ],
  ];
  return section(
    'detection',
    detectionTitle,
    table(
      'What each waited for, one after the other',
      [
        'part',
        ...detection.nodes.flatMap(({ which, node }) => [
          `#${whichNames[which]}: ${node}`,
          ...(hasModel ? ['#model, p1 … p99'] : []),
        ]),
      ],
      rows,
    ),
    ...notes,
    detection.counters === null
      ? el('p', { class: 'note' }, `The control plane's counters: ${detection.why ?? 'not known'}.`)
      : counterTables(detection.counters),
  );
};
