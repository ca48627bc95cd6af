import { requestOutcomes } from '../../timeline/index.ts';
import type { RunDocument } from '../../verdict/index.ts';
import { recoveryAnswers } from '../answers.ts';
import { recoveriesOf } from '../figures.ts';
import { byItself, entryOf, namesIn, type Part } from './part.ts';

type Latency = RunDocument['requests']['latencyMs'];

type Asked = Readonly<Partial<Record<(typeof requestOutcomes)[number], number | null>>>;

const outcomeParts = (of: string, asked: (run: RunDocument) => Asked | undefined): readonly Part[] =>
  requestOutcomes
    .filter((outcome) => outcome !== 'ok')
    .map((outcome) => ({
      figure: `requests.${outcome}`,
      name: `${of}.${outcome}`,
      value: (run) => asked(run)?.[outcome] ?? null,
    }));

const latencyParts = (of: string, latencyOf: (run: RunDocument) => Latency | undefined): readonly Part[] =>
  (['p50', 'p90', 'p99', 'mean', 'max'] as const).map((quantile) => ({
    figure: `requests.${quantile === 'max' ? 'latencyMs' : 'plannedLatencyMs'}.${quantile}`,
    name: `${of}.latencyMs.${quantile}`,
    value: (run) => latencyOf(run)?.[quantile] ?? null,
    ...byItself,
  }));

/** The mean answer of one recovery, in ms. */
const meanIn =
  (name: string): Part['value'] =>
  (run) => {
    const found = recoveryAnswers(run, [name]);
    return found === null || found.answered === 0 ? null : found.sumMs / found.answered;
  };

/** How requests of each phase ended, and what answers of each recovery took; by phase of a planned length these are figures of their own. */
const phaseParts = (runs: readonly RunDocument[]): readonly Part[] => {
  const recoveries = new Set(runs.flatMap(recoveriesOf));
  return namesIn(runs, ({ requests }) => requests.byPhase).flatMap((name): readonly Part[] => [
    ...outcomeParts(name, ({ requests }) => entryOf(requests.byPhase, name)),
    ...(recoveries.has(name)
      ? [
          {
            figure: 'requests.slowSeconds',
            name: `${name}.latencyMs.mean`,
            value: meanIn(name),
            onlyOfLess: true as const,
            judgedAs: 'requests.byPhase.*.latencyMs.mean',
            ...byItself,
          },
        ]
      : [
          {
            figure: 'requests.latencyMs.max',
            name: `${name}.latencyMs.max`,
            value: ({ requests }: RunDocument) => entryOf(requests.byPhase, name)?.latencyMs.max ?? null,
            ...byItself,
          },
        ]),
  ]);
};

/** How requests through each entrance ended, and what answers there took. Of one entrance there is nothing beside the total. */
const entranceParts = (runs: readonly RunDocument[]): readonly Part[] => {
  const names = namesIn(runs, ({ requests }) => requests.byEntrance ?? {});
  if (names.length < 2) return [];
  return names.flatMap((name): readonly Part[] => [
    ...outcomeParts(name, ({ requests }) => entryOf(requests.byEntrance, name)),
    ...latencyParts(name, ({ requests }) => entryOf(requests.byEntrance, name)?.latencyMs),
  ]);
};

type Way = NonNullable<RunDocument['requests']['ways']>[number];

const wayName = ({ phase, entrance, connection }: Pick<Way, 'phase' | 'entrance' | 'connection'>): string =>
  `${phase} via ${entrance}, ${connection}`;

/** How requests of all of these together ended; null where that of one is not known. */
const sumOf = (each: readonly Asked[]): Asked =>
  Object.fromEntries(
    requestOutcomes.map((outcome) => [
      outcome,
      each.reduce<number | null>((sum, way) => {
        const own = way[outcome] ?? null;
        return sum === null || own === null ? null : sum + own;
      }, 0),
    ]),
  );

/** How requests of each phase ended by entrance and kind of connection, and what answers took; and all of each kind of connection. */
const wayParts = (runs: readonly RunDocument[]): readonly Part[] => {
  const recoveries = new Set(runs.flatMap(recoveriesOf));
  const byRun = new Map(
    runs.map((run) => [run, new Map((run.requests.ways ?? []).map((way) => [wayName(way), way] as const))] as const),
  );
  const named = new Map([...byRun.values()].flatMap((ways) => [...ways]));
  const connections = new Set([...named.values()].map(({ connection }) => connection));
  return [
    ...[...named].flatMap(([name, { phase }]): readonly Part[] => {
      const wayOf = (run: RunDocument): Way | undefined => byRun.get(run)?.get(name);
      return [
        ...outcomeParts(name, wayOf),
        ...(recoveries.has(phase)
          ? [
              {
                figure: 'requests.slowSeconds',
                name: `${name}.slowSeconds`,
                value: (run: RunDocument) => wayOf(run)?.slowSeconds ?? null,
              },
            ]
          : latencyParts(name, (run) => wayOf(run)?.latencyMs)),
      ];
    }),
    ...(connections.size < 2 ? [] : [...connections]).flatMap((name) =>
      outcomeParts(name, ({ requests: { ways = [] } }) => sumOf(ways.filter(({ connection }) => connection === name))),
    ),
  ];
};

/** Everything that run.json says of some of the requests. */
export const requestParts = (runs: readonly RunDocument[]): readonly Part[] => [
  ...phaseParts(runs),
  ...entranceParts(runs),
  ...wayParts(runs),
];
