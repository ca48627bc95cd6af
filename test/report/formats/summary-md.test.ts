import { expect, test } from 'vitest';
import { summaryMarkdown } from '../../../src/report/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from './hostile.ts';

const document = async (): Promise<RunDocument> => {
  const { plan, events, requests } = tightRun();
  return judge(plan, events, requests);
};

test('a run reads as a comment on a pull request', async () => {
  const lines = summaryMarkdown(await document(), tightPlan).split('\n');
  expect(lines[0]).toBe('### PASS: tight-grace, Grace as short as the heartbeat');
  expect(lines).toContain('| nodes.notReadyTransitions | ≥ 1 | 2 | held |');
  expect(lines).toContain('| first node NotReady | 2.7 s | 0.0 … 15.7 s, inside |');
  expect(lines).toContain('| fault | 2 | 1,250 | 400 | 850 (68.0 %) | 0 | 0 | 2.4 ms |');
});

test('a prediction says so before any figure', async () => {
  const lines = summaryMarkdown({ ...(await document()), predicted: true }, tightPlan).split('\n');
  expect(lines[2]).toBe('**Predicted, nothing was run**: every figure comes from the model.');
  expect(lines.join('\n')).not.toContain('observed');
});

test('an inconclusive run gives its reasons first and judges no expectation', async () => {
  const text = summaryMarkdown(
    { ...(await document()), verdict: 'inconclusive', reasons: ['no setting was read back'] },
    tightPlan,
  );
  expect(text.indexOf('no setting was read back')).toBeLessThan(text.indexOf('**Expectations**'));
  expect(text).toContain('| nodes.notReadyTransitions | ≥ 1 | 2 | not judged |');
});

test('the longest run takes 60 lines at most, and says what it leaves out', async () => {
  const one = await document();
  const many = (count: number, text: string): string[] => Array.from({ length: count }, (_, at) => `${text} ${at}`);
  const [counts] = Object.values(one.requests.byPhase);
  const [expectation] = one.expectations;
  if (counts === undefined || expectation === undefined) throw new Error('the run has phases and expectations');
  const text = summaryMarkdown(
    {
      ...one,
      verdict: 'fail',
      predicted: true,
      reasons: many(100, 'reason'),
      findings: many(100, 'finding'),
      expectations: many(100, 'figure').map((figure) => ({ ...expectation, figure })),
      requests: { ...one.requests, byPhase: Object.fromEntries(many(50, 'phase').map((name) => [name, counts])) },
    },
    { ...tightPlan, profile: { ...tightPlan.profile, warnings: many(20, 'warning') } },
  );
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(text).toContain('- … and 97 more in `run.json`');
  expect(text).toContain('… and 94 more in `run.json`');
  expect(text).toContain('| … and 46 more |');
});

test('names with markup in them are shown and do nothing', async () => {
  const text = summaryMarkdown(hostile(await document()), tightPlan);
  expect(text).not.toMatch(/</);
  expect(text).not.toMatch(/(?<!&)[@#](?=\w)/);
  expect(text).not.toMatch(/(?<!\\|run\.json)`(?!run\.json`)/);
  expect(text).not.toMatch(/(?<!\\)\[/);
  expect(text).not.toMatch(/https?:\/\/|www\./);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  for (const line of text.split('\n').filter((each) => each.startsWith('| ') && each.includes('alert'))) {
    const cells = line.split(/(?<!\\)\|/).length - 2;
    expect([4, 8]).toContain(cells);
  }
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(hostileTexts.length).toBeGreaterThan(8);
});
