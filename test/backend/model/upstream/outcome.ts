import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { isOfFunctions, judgeFunctions } from './functions.ts';
import { judge } from './judge.ts';
import { isOfKubelets, judgeKubelets } from './kubelets.ts';
import { runOnModel } from './on-model.ts';
import { expects, type ReadCase, readCases, type UpstreamCase } from './read.ts';
import { scriptOf } from './script.ts';
import { validVersions } from './versions.ts';

/** What became of a case on one version. */
export type Outcome =
  | { readonly is: 'passed' }
  | { readonly is: 'failed'; readonly why: readonly string[] }
  | { readonly is: 'notExpressible'; readonly why: string };

export const shippedFile = join(import.meta.dirname, '../../../fixtures/upstream-cases.json');

/** The file of cases: the one that UPSTREAM_CASES names, else the one among the fixtures. */
export const casesFile = (): string => process.env.UPSTREAM_CASES ?? shippedFile;

export const casesOf = (path: string): readonly ReadCase[] => readCases(readFileSync(path, 'utf8'));

export type Reason = { readonly applies: (upstreamCase: UpstreamCase) => boolean; readonly why: string };

const listsPods = /^list\b.*pod/i;
const updatesPods = /^(?:update|put|patch)\b.*pod.*status/i;

/** What neither the model nor the controllers can be asked. */
export const nowhere: readonly Reason[] = [
  {
    applies: expects('statusReason'),
    why: 'the test calls DeletePods itself, which no controller of that version does',
  },
  {
    applies: ({ faults = [] }) => faults.some(({ request }) => !listsPods.test(request) && !updatesPods.test(request)),
    why: 'the request that fails is none of those that a script can refuse: LIST pods, UPDATE pod status',
  },
];

const onlyByModel: readonly Reason[] = [
  {
    applies: ({ faults = [] }) => faults.some(({ request }) => listsPods.test(request)),
    why: 'pods of a node come out of a cache, which cannot fail',
  },
  {
    applies: expects('requests'),
    why: 'the kubelet of the model posts nothing but its Ready condition: a changed capacity is no change to it',
  },
  {
    applies: expects('answers'),
    why: 'a lease of the model is written whether its Node object is there or not',
  },
];

export const reasonIn = (reasons: readonly Reason[], upstreamCase: UpstreamCase): string | undefined =>
  reasons.find(({ applies }) => applies(upstreamCase))?.why;

export const onModel = (version: ModelVersion, upstreamCase: UpstreamCase, graceS: number | null): Outcome => {
  const why = reasonIn([...nowhere, ...onlyByModel], upstreamCase);
  if (why !== undefined) return { is: 'notExpressible', why };
  const unmet = isOfFunctions(upstreamCase)
    ? judgeFunctions(version, upstreamCase)
    : isOfKubelets(upstreamCase)
      ? judgeKubelets(version, upstreamCase)
      : judge(upstreamCase, runOnModel(version, scriptOf(upstreamCase, graceS)));
  return unmet.length === 0 ? { is: 'passed' } : { is: 'failed', why: unmet };
};

export type CaseOutcome = {
  readonly id: string;
  /** On how many versions it ran, or could not be expressed. */
  readonly versions: number;
  /** On all of them: of failures a line for each thing that was not as expected, with the version. */
  readonly outcome: Outcome;
};

type Run = (version: ModelVersion, upstreamCase: UpstreamCase, graceS: number | null) => Outcome;

const said = ({ minor, patch }: ModelVersion): string => `v1.${minor}.${patch}`;

/** Runs each case on every one of the versions on which it is valid. One that cannot be read has failed. */
export const outcomesOf = (
  cases: readonly ReadCase[],
  versions: readonly ModelVersion[],
  run: Run,
): readonly CaseOutcome[] =>
  cases.map(({ id, read, problems }) => {
    if (read === null) return { id, versions: 0, outcome: { is: 'failed', why: problems } };
    const valid = validVersions(read, versions);
    const found = valid.map(({ version, graceS }) => ({ version, outcome: run(version, read, graceS) }));
    const why = found.flatMap(({ version, outcome }) =>
      outcome.is === 'failed' ? outcome.why.map((line) => `${said(version)} ${line}`) : [],
    );
    const not = found.find(({ outcome }) => outcome.is === 'notExpressible')?.outcome;
    return { id, versions: valid.length, outcome: why.length > 0 ? { is: 'failed', why } : (not ?? { is: 'passed' }) };
  });

/** Of each kind how many cases, and their names; of those that cannot be expressed also why. */
export const summaryOf = (by: string, outcomes: ReadonlyMap<string, Outcome>): string => {
  const namesOf = (is: Outcome['is']): readonly string[] =>
    [...outcomes].flatMap(([id, outcome]) => {
      if (outcome.is !== is) return [];
      return [outcome.is === 'notExpressible' ? `${id} (${outcome.why})` : id];
    });
  const line = (kind: string, names: readonly string[]): string => `  ${names.length} ${kind}: ${names.join(', ')}\n`;
  return [
    `Cases of upstream’s tests on ${by}:\n`,
    line('passed', namesOf('passed')),
    line('failed', namesOf('failed')),
    line('not expressible', namesOf('notExpressible')),
  ].join('');
};
