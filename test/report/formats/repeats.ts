import { planRepeats } from '../../../src/plan/index.ts';
import {
  type CutShort,
  judge,
  judgeRepeats,
  type RepeatsDocument,
  type RunDocument,
} from '../../../src/verdict/index.ts';
import { at, event, type Run, tightPlan, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile } from './hostile.ts';

export const repeatsPlan = { ...tightPlan, repeats: 3 };

/** Of each repeat a record of its own: fewer requests are refused from one to the next, and leases are of other ages. */
const runOf = (number: number): Run => {
  const run = tightRun([
    event(at.fault - 1000 * number, {
      type: 'lease.renewed',
      node: 'worker',
      renewTime: `2026-11-24T08:04:0${number}Z`,
    }),
  ]);
  return {
    ...run,
    requests: run.requests.map((one) =>
      one.outcome === 'refused' && one.seq % 4 < number - 1 ? { ...one, outcome: 'ok', status: 200, code: null } : one,
    ),
  };
};

export const repeatRuns = (): Promise<RunDocument[]> =>
  Promise.all(
    planRepeats(repeatsPlan).map((plan, index) => {
      const { events, requests } = runOf(index + 1);
      return judge(plan, events, requests);
    }),
  );

export const repeatsDocument = async (): Promise<RepeatsDocument> => judgeRepeats(repeatsPlan, await repeatRuns());

/** The first came to its end, the second was cut short, the third was never begun. */
export const brokenRepeats = async (): Promise<RepeatsDocument> => {
  const [first, second] = await repeatRuns();
  if (first === undefined || second === undefined) throw new Error('the plan has three repeats');
  const cut: CutShort = { number: 2, document: { ...second, verdict: 'inconclusive', reasons: ['the disk was full'] } };
  return judgeRepeats(repeatsPlan, [first], [cut]);
};

/** The same with hostile text wherever a cluster, a process or a scenario may put one. */
export const hostileRepeats = async (): Promise<RepeatsDocument> => {
  const runs = (await repeatRuns()).map(hostile);
  const document = judgeRepeats(repeatsPlan, runs);
  const [run] = runs;
  const [expectation] = document.expectations;
  if (run === undefined || expectation === undefined) throw new Error('the plan has repeats and expectations');
  const { scenario, title, profile, reasons, findings, expectations } = run;
  return {
    ...document,
    scenario,
    title,
    profile,
    reasons,
    findings,
    expectations: expectations.map(({ figure, expected }) => ({ ...expectation, figure, expected })),
  };
};
