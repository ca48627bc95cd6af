import { describe, expect, test } from 'vitest';
import { readYamlDocuments } from '../../src/scenario/index.ts';

const read = (scalar: string) => readYamlDocuments(`k: ${scalar}\n`)[0];

/* What sigs.k8s.io/yaml v1.2.0 and v1.6.0 make of each, by YAMLToJSON. */
describe('a scalar is what Kubernetes reads', () => {
  test.each([
    ['0o40', 32],
    ['0O40', 32],
    ['-0o40', -32],
    ['0o4_0', 32],
    ['0o08', '0o08'],
    ['040', 32],
    ['0_40', 32],
    ['09', 9],
    ['-09', -9],
    ['0x1_e', 30],
    ['0X1E', 30],
    ['0xg', '0xg'],
    ['0B11', 3],
    ['-0b11', -3],
    ['0b2', '0b2'],
    ['1_000', 1000],
    ['_1000', '_1000'],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1_0e1_0', 100_000_000_000],
    ['1e', '1e'],
    ['.e3', '.e3'],
    ['1e400', '1e400'],
    ['0xffffffffffffffffff', '0xffffffffffffffffff'],
    ['0x1p-2', '0x1p-2'],
    ['1:00', '1:00'],
    ['1:2:3', '1:2:3'],
    ['12:30:45', '12:30:45'],
    ['2024-01-01', '2024-01-01'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['yes', true],
    ['y', true],
    ['Off', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['nULL', 'nULL'],
    ['inf', 'inf'],
    ['1.2.3', '1.2.3'],
    ['1.34', 1.34],
    ['10s', '10s'],
    ['5Mi', '5Mi'],
    ["'5'", '5'],
    ['!!str 5', '5'],
  ])('%s', (scalar, value) => {
    expect(read(scalar)).toMatchObject({ ok: true, data: { k: value } });
  });

  test.each(['.inf', '-.Inf', '.nan', '.NaN'])('%s, which JSON has not, is refused', (scalar) => {
    const message = `expected a number that JSON has, received "${scalar}"`;
    expect(read(scalar)).toMatchObject({ ok: false, problems: [{ message }] });
  });
});

/* What encoding/json makes of each for an int32 and a Quantity; asked of Go. */
describe('a text that begins with { is JSON, where numbers are as they are spelled', () => {
  const json = (text: string) => readYamlDocuments(text)[0];

  test.each(['40.0', '4e1', '-4.0E+1', '0.0', '1e400', '40.00000000000000000001'])('%s is no integer', (number) => {
    const message = `expected integers of JSON without a fraction and an exponent, received ${number}`;
    expect(json(`{"kind": [{"b": ${number}}]}`)).toMatchObject({
      ok: false,
      problems: [{ at: { line: 1, column: 17 }, message }],
    });
    expect(readYamlDocuments(`a: [{b: ${number}}]`)[0]).toMatchObject({ ok: true });
  });

  test('whole ones, fractions, texts and quantities are taken', () => {
    const text = '{"kind": 40, "b": -1, "c": 0.5, "d": "4e1", "requests": {"cpu": 1.0}, "limits": {"cpu": 2e0}}';
    expect(json(text)).toMatchObject({ ok: true, data: { kind: 40, b: -1, c: 0.5, d: '4e1', requests: { cpu: 1 } } });
  });
});

test('a file of k3s is YAML, whatever it begins with; one with a kind, or broken, is JSON', () => {
  expect(readYamlDocuments('{kubelet-arg: [v=2], a: 4e1}')[0]).toMatchObject({
    ok: true,
    data: { 'kubelet-arg': ['v=2'], a: 40 },
  });
  for (const text of ['{kind: a}', '{apiVersion: v1}', '{a: [}']) {
    expect(readYamlDocuments(text)[0]).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(/^expected JSON alone/) }],
    });
  }
});

test('a merge that stands twice is named as it is spelled', () => {
  const messages = readYamlDocuments('<<: {a: 1}\n<<: {b: 2}\n').flatMap((each) =>
    each.ok ? [] : each.problems.map(({ message }) => message),
  );
  expect(messages).toEqual([
    'expected << before the other keys, received it after them',
    'expected each key once, received "<<" again',
  ]);
});
