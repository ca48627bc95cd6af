import { describe, expect, test } from 'vitest';
import { judgedCell } from '../../src/matrix/judged-cell.ts';
import type { MatrixCell } from '../../src/matrix/types.ts';
import type { Plan } from '../../src/plan/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../verdict/timeline-builder.ts';

const cell: MatrixCell = {
  name: 'v1.34.4-tight-grace',
  profile: 'tight-grace',
  kubernetesVersion: 'v1.34.4',
  disturbance: 'pause',
};

type Expectations = Plan['expectations'];

const atLeast = (figure: string): Expectations[number] => ({ figure, min: 1, max: null, equals: null });

/** A run in which two nodes went NotReady, a pod was evicted and requests were refused. */
const judged = async (expectations: Expectations) => {
  const plan = { ...tightPlan, expectations };
  const { events, requests } = tightRun();
  return judgedCell(cell, plan, await judge(plan, events, requests), undefined);
};

describe('the harm of a cell', () => {
  test('is named where expectations speak of it', async () => {
    const { verdict, harm } = await judged([
      atLeast('nodes.notReadyTransitions'),
      atLeast('pods.evicted'),
      atLeast('requests.refused'),
    ]);
    expect([verdict, harm]).toEqual(['pass', { seen: true, unnamed: [] }]);
  });

  test('is named of requests by an expectation of how they ended alone', async () => {
    const { verdict, figures, harm } = await judged([atLeast('nodes.notReadyTransitions'), atLeast('pods.evicted')]);
    expect(figures?.failed).toBeGreaterThan(0);
    expect([verdict, harm]).toEqual([
      'pass',
      {
        seen: true,
        unnamed: [
          `${figures?.failed?.toLocaleString('en-US')} requests failed (${figures?.refused?.toLocaleString('en-US')} refused)`,
        ],
      },
    ]);
  });

  test('is named in other ways to fail where some requests are to fail, and as many did as the formulas predict', async () => {
    const plan = { ...tightPlan, expectations: [atLeast('requests.refused')] };
    const { events, requests } = tightRun();
    const document = await judge(plan, events, requests);
    const { requestsLost } = document;
    const lost = requestsLost?.observed ?? null;
    if (requestsLost == null || lost === null) throw new Error('expected a count of lost requests');
    const { fault } = document.requests.byPhase;
    if (fault === undefined) throw new Error('expected a phase with a fault');
    const inFault = { ...fault, refused: (fault.refused ?? 0) - 2, timeout: 2 };
    const byPhase = { ...document.requests.byPhase, fault: inFault };
    const someTimedOut = { ...document.requests, refused: lost - 2, timeout: 2, byPhase };
    const harm = (fit: 'inside' | 'outside', expectations: Expectations, of = someTimedOut) =>
      judgedCell(
        cell,
        { ...plan, expectations },
        { ...document, requests: of, requestsLost: { ...requestsLost, fit } },
        undefined,
      ).harm?.unnamed;
    expect(harm('inside', plan.expectations)).toEqual([]);
    const unnamed = ['2 requests failed (2 timeout)'];
    expect(harm('outside', plan.expectations)).toEqual(unnamed);
    expect(
      harm('inside', plan.expectations, {
        ...someTimedOut,
        timeout: 3,
        byPhase: { ...byPhase, fault: { ...inFault, timeout: 3 } },
      }),
    ).toEqual(['3 requests failed (3 timeout)']);
    const atMost = (max: number) => ({ figure: 'requests.refused', min: null, max, equals: null });
    expect(harm('inside', [atMost(3000)])).toEqual(unnamed);
    // More than are ever offered is no word of how many may be refused.
    expect(harm('inside', [atMost(9999)])).toEqual([
      `${lost.toLocaleString('en-US')} requests failed (${(lost - 2).toLocaleString('en-US')} refused and 2 timeout)`,
    ]);
  });

  test('is named of nodes and pods by the window in which they were seen', async () => {
    const { harm } = await judged([atLeast('requests.refused')]);
    expect(harm).toEqual({ seen: true, unnamed: [] });
    const { harm: outside } = await judgedOutside();
    expect(outside).toEqual({ seen: true, unnamed: ['nodes were NotReady', 'pods were evicted'] });
  });

  test('is not known where how requests ended is not', async () => {
    const { events, requests } = tightRun();
    const plan = { ...tightPlan, expectations: [] };
    const document = await judge(plan, events, requests);
    const none = { notReadyTransitions: 0, notReadyTransitionsBeforeFault: 0, byNode: {} };
    const byPhase = Object.fromEntries(
      Object.entries(document.requests.byPhase).map(([name, counts]) => [name, { ...counts, refused: 0 }]),
    );
    const quiet = {
      ...document,
      nodes: { ...document.nodes, ...none },
      pods: { ...document.pods, evicted: 0, evictedBeforeFault: 0, unavailableSeconds: 0 },
      requests: { ...document.requests, refused: 0, byPhase },
    };
    expect(judgedCell(cell, plan, quiet, undefined).harm).toEqual({ seen: false, unnamed: [] });
    const { recover, ...others } = byPhase;
    if (recover === undefined) throw new Error('expected a recovery');
    const unseen = { ...others, recover: { ...recover, timeout: null } };
    const open = { ...quiet, requests: { ...quiet.requests, timeout: null, byPhase: unseen } };
    expect(judgedCell(cell, plan, open, undefined)).toMatchObject({
      figures: { failed: null },
      harm: { seen: null, unnamed: [] },
    });
  });
});

/** The same run under formulas by which none of that can be. */
const judgedOutside = async () => {
  const prediction = { ...tightPlan.prediction, flap: 'impossible', evictionAfterMs: null } as const;
  const plan = { ...tightPlan, prediction, expectations: [atLeast('requests.refused')] };
  const { events, requests } = tightRun();
  return judgedCell(cell, plan, await judge(plan, events, requests), undefined);
};
