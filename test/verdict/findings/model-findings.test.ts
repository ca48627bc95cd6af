import { expect, test } from 'vitest';
import {
  type Modelled,
  modelFindings,
  withModel,
  withoutFormula,
} from '../../../src/verdict/findings/model-findings.ts';
import { judge } from '../../../src/verdict/index.ts';
import { tightRun } from '../timeline-builder.ts';

const milestone = (
  name: Modelled['links'][number]['link'],
  observedMs: number | null,
  model: Modelled['links'][number]['model'],
): Modelled['links'][number] => ({ link: name, observedMs, window: null, slackMs: [0, 0], fit: null, model });

const modelled: Modelled = {
  model: { runs: 200 },
  links: [
    milestone('lastLease', -3000, { seen: 200, minMs: -9900, maxMs: 0, fit: 'inside' }),
    milestone('notReady', 61_000, { seen: 200, minMs: 31_000, maxMs: 45_000, fit: 'outside' }),
    milestone('endpointsEmpty', null, { seen: 200, minMs: 20_900, maxMs: 21_100, fit: 'outside' }),
    milestone('refused', 8000, { seen: 0, minMs: null, maxMs: null, fit: 'outside' }),
    milestone('evicted', null, { seen: 3, minMs: 80_000, maxMs: 90_000, fit: 'inside' }),
    milestone('allReady', 9000, null),
  ],
};

test('what was observed outside of what the model allows is named, and what the model always has and was not seen', () => {
  expect(modelFindings(modelled)).toEqual([
    'first node NotReady 61.0 s after the fault began, outside of what 200 runs of the model had: 31.0 s to 45.0 s',
    'no endpoint left was not seen; every one of 200 runs of the model had it',
    'first refused 8.0 s after the fault began; none of 200 runs of the model had it',
  ]);
});

test('requests without an answer that no run of the model had so many of are named', () => {
  const requestsLost = { observed: 1471, window: null, slack: [100, 100], fit: null } as const;
  const finding = (fit: 'inside' | 'outside') =>
    modelFindings({ ...modelled, links: [], requestsLost: { ...requestsLost, model: { min: 12, max: 1200, fit } } });
  expect(finding('outside')).toEqual(['1,471 requests got no answer; 200 runs of the model had 12 to 1,200']);
  expect(finding('inside')).toEqual([]);
});

test('a model that could not be asked says nothing', () => {
  expect(modelFindings({ ...modelled, model: null })).toEqual([]);
});

test('they stand behind the findings of the run itself, and change nothing else of its document', async () => {
  const { plan, events, requests } = tightRun();
  const document = await judge(plan, events, requests);
  const { findings, ...rest } = withModel(document, modelled);
  expect(findings).toEqual([...document.findings, ...modelFindings(modelled)]);
  expect({ ...rest, findings: document.findings }).toEqual(document);
});

test('where no formula covers the faults, findings and prediction say what simulations came to, or that there were none', async () => {
  const { plan, events, requests } = tightRun();
  const document = await judge(plan, events, requests);
  const unknown = { ...document, prediction: { ...document.prediction, noFormula: ['etcd-pause-1', 'netem-1'] } };
  expect(withoutFormula(document, modelled)).toEqual([]);
  expect(withoutFormula(unknown, modelled)).toEqual([
    'no formula for etcd-pause-1, netem-1; by simulation: a node goes NotReady in 200 of 200 runs of the model',
  ]);
  expect(withoutFormula(unknown, { ...modelled, model: null })).toEqual([
    'no formula for etcd-pause-1, netem-1; and no simulation could be asked',
  ]);
  const notified = withModel(unknown, modelled);
  expect(notified.prediction.bySimulation).toEqual({ runs: 200, notReady: 200 });
  expect(notified.findings).toEqual([
    withoutFormula(unknown, modelled)[0],
    'first node NotReady 61.0 s after the fault began, outside of what 200 runs of the model had: 31.0 s to 45.0 s',
    'no endpoint left was not seen; every one of 200 runs of the model had it',
    'first refused 8.0 s after the fault began; none of 200 runs of the model had it',
  ]);
});
