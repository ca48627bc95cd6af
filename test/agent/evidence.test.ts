import { expect, test } from 'vitest';
import { parseSteps } from '../../src/agent/index.ts';

const line = (step: string, clockMs: number, out = '', code = 0): string =>
  JSON.stringify({ step, beganMs: clockMs - 10, clockMs, code, out: Buffer.from(out).toString('hex'), err: '' });

test('steps are read with what their commands printed, in the order of the clock of the node', () => {
  const text = [line('undo', 9000, 'x'), line('applied', 3000, '812 T (stopped)\n'), ''].join('\n');
  expect(parseSteps(text)).toEqual({
    steps: [
      { step: 'applied', beganMs: 2990, clockMs: 3000, code: 0, out: '812 T (stopped)', err: '' },
      { step: 'undo', beganMs: 8990, clockMs: 9000, code: 0, out: 'x', err: '' },
    ],
    others: [],
  });
});

test('a line that both the file and the output have counts once', () => {
  const text = [line('armed', 100), line('armed', 100)].join('\n');
  expect(parseSteps(text).steps).toHaveLength(1);
});

test('what is no step is handed back: a line that was cut off, what a shell printed, JSON of another form', () => {
  const cut = line('applied', 100).slice(0, 20);
  const others = [
    cut,
    'sh: 1: od: not found',
    '{"step":"x"}',
    '3',
    'null',
    '{"step":1,"beganMs":1,"clockMs":1,"code":0}',
  ];
  expect(parseSteps([...others, line('armed', 5)].join('\n'))).toEqual({
    steps: [{ step: 'armed', beganMs: -5, clockMs: 5, code: 0, out: '', err: '' }],
    others,
  });
});

test('what a command printed is text, whatever it held', () => {
  const odd = 'a "quoted" \\ line\nand \u00e4 {"step":"cleared"}';
  expect(parseSteps(line('applied', 10, odd)).steps[0]?.out).toBe(odd);
});
