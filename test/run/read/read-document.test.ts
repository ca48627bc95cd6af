import { expect, test } from 'vitest';
import { documentProblems } from '../../../src/run/read/read-document.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { gracePlan, modelRuns } from '../../compare/runs.ts';
import { defaultRun, tightRun } from '../../verdict/timeline-builder.ts';

const judged = async (run = tightRun()): Promise<RunDocument> => judge(run.plan, run.events, run.requests);

test('what was judged agrees with itself: of real runs, of predictions, of several repeats', async () => {
  for (const run of [await judged(), await judged(defaultRun())]) {
    expect([run.verdict, documentProblems(run)]).toEqual(['pass', []]);
  }
  const runs = [...(await modelRuns(gracePlan('20s', 2, 1))), ...(await modelRuns(gracePlan('40s', 2, 2)))];
  expect(runs.map(documentProblems)).toEqual(runs.map(() => []));
});

test('one with fewer requests than its rate and its phases ask for, though its sums agree, does not', async () => {
  const run = await judged();
  const { fault } = run.requests.byPhase;
  if (fault === undefined) throw new Error('a run without a fault');
  const { offered, ok, refused } = fault;
  const without = { ...fault, offered: offered - (refused ?? 0), refused: 0 };
  const requests = {
    ...run.requests,
    offered: run.requests.offered - (refused ?? 0),
    refused: (run.requests.refused ?? 0) - (refused ?? 0),
    byPhase: { ...run.requests.byPhase, fault: without },
    byEntrance: {},
  };
  const path = 'requests.byPhase.fault.offered';
  expect([offered, ok, refused]).toEqual([1250, 400, 850]);
  expect(documentProblems({ ...run, requests })).toEqual([
    `${path}: expected 1250 at 50/s in the time of that phase, found 400`,
  ]);
  const more = { ...run.requests.byPhase, fault: { ...fault, offered: 9000, ok: 9000 - (refused ?? 0) } };
  expect(documentProblems({ ...run, requests: { ...run.requests, byPhase: more } })).toEqual([
    `${path}: expected 1250 at 50/s in the time of that phase, found 9000`,
    'requests.offered: expected the 11120 of its phases, and no more than 50/s in the time of the run, found 3370',
  ]);
  // Of a rate that is not on record nobody can say it, and an inconclusive run may be just so.
  const { conditions: _, ...older } = run;
  expect(documentProblems({ ...older, requests })).toEqual([]);
  expect(documentProblems({ ...run, requests, verdict: 'inconclusive' })).toEqual([]);
});

test('one whose ways to ask do not add up to its phases does not', async () => {
  const { plan, events, requests } = tightRun();
  const run = await judge({ ...plan, load: { ...plan.load, connection: 'both' } }, events, requests);
  const { ways = [] } = run.requests;
  const at = ways.findIndex(({ phase, refused }) => phase === 'fault' && (refused ?? 0) > 0);
  const way = ways[at];
  if (way === undefined) throw new Error('a run without a refusal');
  const { offered, refused } = run.requests.byPhase.fault ?? {};
  const edited = ways.with(at, { ...way, offered: way.offered - 1, refused: (way.refused ?? 0) - 1 });
  expect(documentProblems(run)).toEqual([]);
  expect(documentProblems({ ...run, requests: { ...run.requests, ways: edited } })).toEqual([
    `requests.ways: expected the ${offered} of requests.byPhase.fault.offered, found ${(offered ?? 0) - 1}`,
    `requests.ways: expected the ${refused} of requests.byPhase.fault.refused, found ${(refused ?? 0) - 1}`,
  ]);
});

test('one whose outcomes are not those of all its requests does not', async () => {
  const run = await judged();
  const { offered, refused } = run.requests;
  expect(documentProblems({ ...run, requests: { ...run.requests, refused: 0 } })).toEqual([
    `requests: expected outcomes of all ${offered} requests, found those of ${offered - (refused ?? 0)}`,
  ]);
});

test('one with a date that it cannot have does not, nor one whose steps end before they begin, or after the run', async () => {
  const run = await judged();
  const [prediction] = await modelRuns(gracePlan('40s', 1, 1));
  if (prediction === undefined) throw new Error('no run was made');
  const startedAt = '2026-11-24T08:03:11.000Z';
  expect(documentProblems({ ...prediction, startedAt })).toEqual([
    `startedAt: expected no date of a prediction, found ${startedAt}`,
  ]);
  expect(documentProblems({ ...run, startedAt: 'yesterday' })).toEqual([
    'startedAt: expected the date at which the run began, found yesterday',
  ]);
  const last = run.steps.at(-1);
  if (last === undefined) throw new Error('a run without steps');
  const otherwise = [`steps: expected ${last.name} to end after it began and before the run did, found otherwise`];
  const withEnd = (endMs: number) => ({ ...run, steps: [...run.steps.slice(0, -1), { ...last, endMs }] });
  const ofSteps = (document: RunDocument) => documentProblems(document).filter((one) => one.startsWith('steps'));
  expect(ofSteps(withEnd(last.startMs - 1))).toEqual(otherwise);
  expect(ofSteps(withEnd((run.durationMs ?? 0) + 1))).toEqual(otherwise);
});
