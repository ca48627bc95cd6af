import { expect, test } from 'vitest';
import { repeatsMarkdown } from '../../../src/report/index.ts';
import { chanceOf, judgeRepeats } from '../../../src/verdict/index.ts';
import { brokenRepeats, hostileRepeats, repeatRuns, repeatsDocument, repeatsPlan } from './repeats.ts';

const many = (count: number, text: string): string[] => Array.from({ length: count }, (_, at) => `${text} ${at}`);

test('repeats read as a comment on a pull request: every figure with its range and interval, chances in words', async () => {
  const document = await repeatsDocument();
  const lines = repeatsMarkdown(document, repeatsPlan).split('\n');
  expect(lines).toEqual([
    '### PASS: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '3 of 3 repeats; the lease of worker was 1.0, 2.0, 3.0 s old when the faults began',
    '',
    '**Expectations**',
    '',
    '| expectation | expected | median | range | ≥ 95 % |  |',
    '|---|---:|---:|---:|---:|---:|',
    '| nodes.notReadyTransitions | ≥ 1 | 2 | 2 … 2 | – | met in each |',
    '| requests.refused | ≥ 1 | 1,102 | 734 … 1,470 | – | met in each |',
    '',
    '**Figures**',
    '',
    '| since the fault | median | range | ≥ 95 % | seen in |',
    '|---|---:|---:|---:|---:|',
    '| first node NotReady | 2.7 s | 2.7 … 2.7 s | – | 3 of 3 |',
    '| first refused | 8.0 s | 8.0 … 8.0 s | – | 3 of 3 |',
    '| first pod evicted | 12.8 s | 12.8 … 12.8 s | – | 3 of 3 |',
    '| last node Ready again | 36.2 s | 36.2 … 36.2 s | – | 3 of 3 |',
    '| last refused | 37.4 s | 37.3 … 37.4 s | – | 3 of 3 |',
    '| NotReady node seconds | 60.8 | 60.8 … 60.8 | – | 3 of 3 |',
    '| nodes unrecovered | 0 | 0 … 0 | – | 3 of 3 |',
    '| requests refused | 1,102 | 734 … 1,470 | – | 3 of 3 |',
    '| p99 of answers | 2.4 ms | 2.4 … 2.4 ms | – | 3 of 3 |',
    '',
    '**In so many repeats**',
    '',
    '- a node went NotReady: 3 of 3: at least 36 %',
    '- a request was refused: 3 of 3: at least 36 %',
    '- a request was not answered ok: 3 of 3: at least 36 %',
    '- a pod was evicted: 3 of 3: at least 36 %',
    '- an expectation was missed: 0 of 3: at most 64 %',
    '- (95 %: by Wilson; of what was never or always seen the exact bound behind the rule of three)',
    '',
    '**What these settings mean on this version**',
    '',
    '- nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as status posts drift away from leases)',
    '- … and 2 more in `run.json`',
    '',
  ]);
  expect(document.requests.refused).toMatchObject({ median: 1102, min: 734, max: 1470, ci95: null, level: null });
});

test('an event that was seen in some of the repeats comes with its interval', async () => {
  const document = await repeatsDocument();
  const chances = { ...document.chances, podEvicted: chanceOf(1, 20) };
  expect(repeatsMarkdown({ ...document, chances }, repeatsPlan)).toBe(
    repeatsMarkdown(document, repeatsPlan).replace(
      '\n- a pod was evicted: 3 of 3: at least 36 %\n',
      '\n- a pod was evicted: 1 of 20: 5 %, 0 to 24 %\n',
    ),
  );
});

test('a figure that one repeat did not show says in how many it was seen, and is no zero', async () => {
  const [first, ...others] = await repeatRuns();
  if (first === undefined) throw new Error('the plan has repeats');
  const quiet = { ...first, timing: { ...first.timing, firstEvictionMs: null } };
  expect(repeatsMarkdown(judgeRepeats(repeatsPlan, [quiet, ...others]), repeatsPlan)).toBe(
    repeatsMarkdown(await repeatsDocument(), repeatsPlan).replace(
      '\n| first pod evicted | 12.8 s | 12.8 … 12.8 s | – | 3 of 3 |\n',
      '\n| first pod evicted | 12.8 s | 12.8 … 12.8 s | – | 2 of 3 |\n',
    ),
  );
  const ofTwo = repeatsMarkdown(judgeRepeats({ ...repeatsPlan, repeats: 2 }, [quiet, quiet]), repeatsPlan);
  expect(ofTwo.split('\n').filter((line) => line.startsWith('| first '))).toEqual([
    '| first node NotReady | 2.7 s | 2.7 … 2.7 s | – | 2 of 2 |',
    '| first refused | 8.0 s | 8.0 … 8.0 s | – | 2 of 2 |',
    '| first pod evicted | – | – | – | 0 of 2 |',
  ]);
});

test('what was missed stands first, with the number of repeats in which it was', async () => {
  const document = await repeatsDocument();
  const [first, ...others] = document.expectations;
  if (first === undefined) throw new Error('the repeats have expectations');
  const text = repeatsMarkdown(
    {
      ...document,
      verdict: 'fail',
      reasons: ['repeat 2: too quiet'],
      expectations: [...others, { ...first, held: false, notHeldIn: [2] }],
    },
    repeatsPlan,
  );
  const lines = text.split('\n');
  expect(lines.slice(0, lines.indexOf('**Figures**'))).toEqual([
    '### FAIL: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '3 of 3 repeats; the lease of worker was 1.0, 2.0, 3.0 s old when the faults began',
    '',
    '**What was missed**',
    '',
    '- repeat 2: too quiet',
    '',
    '**Expectations**',
    '',
    '| expectation | expected | median | range | ≥ 95 % |  |',
    '|---|---:|---:|---:|---:|---:|',
    '| nodes.notReadyTransitions | ≥ 1 | 2 | 2 … 2 | – | **missed** in 1 of 3 |',
    '| requests.refused | ≥ 1 | 1,102 | 734 … 1,470 | – | met in each |',
    '',
  ]);
});

test('repeats that lack one judge nothing and say which is missing', async () => {
  const text = repeatsMarkdown(await brokenRepeats(), repeatsPlan);
  expect(text.split('\n')).toEqual([
    '### INCONCLUSIVE: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '1 of 3 repeats; the lease of worker was 1.0 s old when the faults began',
    '',
    '**Why it proves nothing**',
    '',
    '- repeat 2 was cut short: the disk was full',
    '- 1 of 3 repeats came to their end',
    '',
    '**Expectations**',
    '',
    '| expectation | expected | median | range | ≥ 95 % |  |',
    '|---|---:|---:|---:|---:|---:|',
    '| nodes.notReadyTransitions | ≥ 1 | 2 | 2 … 2 | – | not judged |',
    '| requests.refused | ≥ 1 | 1,470 | 1,470 … 1,470 | – | not judged |',
    '',
    '**Figures**',
    '',
    '| since the fault | median | range | ≥ 95 % | seen in |',
    '|---|---:|---:|---:|---:|',
    '| first node NotReady | 2.7 s | 2.7 … 2.7 s | – | 1 of 1 |',
    '| first refused | 8.0 s | 8.0 … 8.0 s | – | 1 of 1 |',
    '| first pod evicted | 12.8 s | 12.8 … 12.8 s | – | 1 of 1 |',
    '| last node Ready again | 36.2 s | 36.2 … 36.2 s | – | 1 of 1 |',
    '| last refused | 37.4 s | 37.4 … 37.4 s | – | 1 of 1 |',
    '| NotReady node seconds | 60.8 | 60.8 … 60.8 | – | 1 of 1 |',
    '| nodes unrecovered | 0 | 0 … 0 | – | 1 of 1 |',
    '| requests refused | 1,470 | 1,470 … 1,470 | – | 1 of 1 |',
    '| p99 of answers | 2.4 ms | 2.4 … 2.4 ms | – | 1 of 1 |',
    '',
    '**In so many repeats**',
    '',
    '- a node went NotReady: 1 of 1: at least 5 %',
    '- a request was refused: 1 of 1: at least 5 %',
    '- a request was not answered ok: 1 of 1: at least 5 %',
    '- a pod was evicted: 1 of 1: at least 5 %',
    '- an expectation was missed: 0 of 1: at most 95 %',
    '- (95 %: by Wilson; of what was never or always seen the exact bound behind the rule of three)',
    '',
    '**What these settings mean on this version**',
    '',
    '- nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as status posts drift away from leases)',
    '- … and 2 more in `run.json`',
    '',
  ]);
});

test('where not one came to its end there is no figure', async () => {
  const [first] = await repeatRuns();
  if (first === undefined) throw new Error('the plan has repeats');
  const none = judgeRepeats(repeatsPlan, [], [{ number: 1, document: { ...first, reasons: ['no cluster'] } }]);
  expect(repeatsMarkdown(none, repeatsPlan).split('\n')).toEqual([
    '### INCONCLUSIVE: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '0 of 3 repeats',
    '',
    '**Why it proves nothing**',
    '',
    '- repeat 1 was cut short: no cluster',
    '- 0 of 3 repeats came to their end',
    '',
    '**What these settings mean on this version**',
    '',
    '- nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as status posts drift away from leases)',
    '- … and 2 more in `run.json`',
    '',
  ]);
});

test('the longest takes 60 lines at most, and says what it leaves out', async () => {
  const document = await repeatsDocument();
  const [expectation] = document.expectations;
  if (expectation === undefined) throw new Error('the repeats have expectations');
  const text = repeatsMarkdown(
    {
      ...document,
      verdict: 'fail',
      predicted: true,
      reasons: many(100, 'reason'),
      findings: many(100, 'finding'),
      expectations: many(100, 'figure').map((figure) => ({ ...expectation, figure })),
    },
    { ...repeatsPlan, profile: { ...repeatsPlan.profile, warnings: many(20, 'warning') } },
  );
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(text.split('\n').filter((line) => line.includes('… and'))).toEqual([
    '- … and 97 more in `run.json`',
    '… and 95 more in `run.json`',
    '- … and 98 more in `run.json`',
    '- … and 19 more in `run.json`',
  ]);
  expect(text.split('\n')[2]).toBe('**Predicted, nothing was run**: every figure comes from the model.');
});

test('names with markup in them are shown and do nothing', async () => {
  const text = repeatsMarkdown(await hostileRepeats(), repeatsPlan);
  expect(text).not.toMatch(/</);
  expect(text).not.toMatch(/(?<!&)[@#](?=\w)/);
  expect(text).not.toMatch(/(?<!\\)\[/);
  expect(text).not.toMatch(/https?:\/\/|www\./);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  for (const line of text.split('\n').filter((each) => each.startsWith('| ') && each.includes('alert')))
    expect(line.split(/(?<!\\)\|/).length - 2).toBe(6);
  expect(text.split('\n')[0]).toBe(
    '### PASS: &lt;script&gt;alert(1)&lt;/script&gt;, @&#8203;somebody see \\#&#8203;12 and https:&#8203;//example.org or www&#8203;.example.org',
  );
});
