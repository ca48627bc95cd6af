import { expect, test } from 'vitest';
import { clean } from '../../src/common/layout.ts';
import { runJson, stepsText } from '../../src/report/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { tightRun } from '../verdict/timeline-builder.ts';

const { plan, events, requests } = tightRun();

test('the steps of a saved run read like those of a running one', async () => {
  const document = await judge(plan, events, requests);
  expect(stepsText(document, { columns: 80, colour: false })).toBe(`\
  ✓ cluster    19.8 s  settings read back as configured (7 of 7)
  ✓ workload    4.6 s  2 endpoints, answering through every node
  ✓ steady     30.0 s
  ✓ fault      25.0 s  kubelet-pause on worker and worker2, proved
  ✓ recover    12.4 s  all Ready
  ✓ undo        0.3 s  nothing left behind
`);
});

test('run.json comes back as it went, the same text each time, and ends in a line feed', async () => {
  const document = await judge(plan, events, requests);
  const text = runJson(document);
  expect(JSON.parse(text)).toEqual(document);
  expect(runJson(JSON.parse(text))).toBe(text);
  expect(text.endsWith('\n}\n')).toBe(true);
  expect(text.split('\n').slice(0, 3)).toEqual(['{', '  "schemaVersion": 1,', '  "scenario": "tight-grace",']);
});

test('run.json has no control character but its line feeds', async () => {
  const document = { ...(await judge(plan, events, requests)), reasons: ['a\u001b[2Jb\u009b31mc\u007f'] };
  const text = runJson(document);
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(JSON.parse(text).reasons).toEqual(document.reasons);
});

test.each([
  ['plain text', 'worker2 NotReady', 'worker2 NotReady'],
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['a title', '\u001b]0;title\u0007text', 'text'],
  ['a line feed and a tab', 'a\r\n\tb', 'a b'],
  ['a line separator', 'a\u2028b', 'a b'],
  ['writing turned around', 'a\u202eb\u2066c', 'abc'],
  ['an escape with nothing after it', 'a\u001b', 'a'],
])('%s is safe to print', (_, text, safe) => {
  expect(clean(text)).toBe(safe);
});
