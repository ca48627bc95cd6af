import { expect, test } from 'vitest';
import { readNodeChoice } from '../../../src/guard/index.ts';
import { selects } from '../../../src/guard/rules/selector.ts';

test.each([
  ['pool=chaos', { selector: [{ label: 'pool', value: 'chaos', isEqual: true }] }],
  ['pool==chaos', { selector: [{ label: 'pool', value: 'chaos', isEqual: true }] }],
  [
    'pool=chaos, disk != ssd',
    {
      selector: [
        { label: 'pool', value: 'chaos', isEqual: true },
        { label: 'disk', value: 'ssd', isEqual: false },
      ],
    },
  ],
  ['example.com/pool=', { selector: [{ label: 'example.com/pool', value: '', isEqual: true }] }],
  ['w01', { names: ['w01'] }],
  ['ip-10-0-0-1.eu.compute.internal,w02', { names: ['ip-10-0-0-1.eu.compute.internal', 'w02'] }],
] as const)('%s is read', (text, choice) => {
  expect(readNodeChoice(text)).toEqual(choice);
});

test.each([
  '',
  ',',
  'w01,',
  'W01',
  'w01,w01',
  '=chaos',
  'pool=a=b',
  'pool=cha os',
  'pool in (a,b)',
  'w01,pool=chaos',
  '!pool',
  '-x=y',
])('refused: %j', (text) => {
  expect(() => readNodeChoice(text)).toThrow(expect.objectContaining({ code: 'NODES_INVALID', exitCode: 64 }));
});

test.each([
  ['pool=chaos', { pool: 'chaos' }, true],
  ['pool=chaos', {}, false],
  ['pool=', {}, false],
  ['pool!=chaos', {}, true],
  ['pool!=chaos', { pool: 'chaos' }, false],
  ['pool=chaos,zone=a', { pool: 'chaos', zone: 'b' }, false],
] as const)('%s and labels %j: %s', (text, labels, expected) => {
  expect(selects(readNodeChoice(text), { name: 'w01', labels })).toBe(expected);
});
