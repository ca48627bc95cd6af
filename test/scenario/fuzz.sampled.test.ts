import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { SkipbeatError } from '../../src/common/errors.ts';
import { checkScenario, parseSet } from '../../src/scenario/index.ts';
import { sampleOf } from '../support/sample.ts';

/** A refusal says where, what was expected and what came next; anything else thrown fails the test. */
const isSoundOrRefused = (action: () => unknown): void => {
  try {
    action();
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    expect([thrown.code, thrown.exitCode]).toEqual(['SCENARIO_INVALID', 64]);
    for (const line of thrown.message.split('\n')) expect(line).toMatch(/expected .*, received |^… and \d+ more$/);
  }
};

const fragments = fc.constantFrom(
  ...['name', 'profile', 'phases', 'fast', 'steady', 'fault', 'inject', 'kind', 'kubelet-pause', 'target', 'role'],
  ...['worker', 'nodes', 'recover', 'within', '10s', '10', '-1s', 'expect', 'figure', 'requests.refused', 'min'],
  ...[': ', '\n', '  ', '- ', '{', '}', '[', ']', ', ', '&a ', '*a ', '"', "'", '!t ', '|', '? ', '#', '---\n', '\t'],
  ...['cluster', 'workers', '__proto__', 'constructor', '%YAML 1.1\n---\n', '.inf', '.nan', '!!binary ', 'null', '~'],
);

test('no text makes the reader throw anything but a refusal', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fragments, { maxLength: 60 }).map((parts) => parts.join('')),
      ),
      (text) => isSoundOrRefused(() => checkScenario(text, 'x.yaml')),
    ),
    { numRuns: sampleOf(80, 5000) },
  );
});

const scalar = fc.oneof(fragments, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fragments, tie('value'), { maxKeys: 4 }),
  ),
}));

const loose = <T>(sound: T) => fc.oneof({ weight: 3, arbitrary: fc.constant(sound) }, { weight: 1, arbitrary: value });

const nearly = fc.record(
  {
    name: loose('a'),
    profile: fc.oneof(loose('fast'), fc.record({ nodeStatusUpdateFrequency: loose('4s'), evictionAfter: loose('1s') })),
    cluster: fc.oneof(value, fc.record({ topology: loose('ha'), workers: loose(0) })),
    phases: fc.array(
      fc.oneof(
        value,
        fc.record({ steady: loose('1s') }),
        fc.record({
          fault: loose('5s'),
          inject: fc.array(
            fc.record({ kind: loose('kubelet-pause'), target: loose({ nodes: ['worker', 'worker2'] }) }),
            { maxLength: 3 },
          ),
        }),
      ),
      { maxLength: 4 },
    ),
    expect: fc.array(fc.record({ figure: loose('requests.ok'), min: loose(1), max: loose(2) }), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

test('nor does a scenario with anything in any place, and what is accepted survives being written and read again', () => {
  fc.assert(
    fc.property(nearly, (data) =>
      isSoundOrRefused(() => {
        const { scenario, resolved } = checkScenario(stringify(data, { aliasDuplicateObjects: false }), 'x.yaml');
        expect(checkScenario(resolved, 'y.yaml').scenario).toEqual(scenario);
      }),
    ),
    { numRuns: sampleOf(80, 5000) },
  );
});

test('no --set makes the reader throw anything but a refusal', () => {
  const base = 'name: a\nprofile: fast\nphases: [{steady: 1s}]\n';
  const path = fc.array(fc.oneof(fragments, fc.nat(5).map(String)), { minLength: 1, maxLength: 4 });
  const text = fc.oneof(
    fc.string(),
    fc.tuple(path, fc.string()).map(([steps, set]) => `${steps.join('.')}=${set}`),
  );
  fc.assert(
    fc.property(text, (set) =>
      isSoundOrRefused(() => {
        const read = parseSet(set);
        return 'override' in read
          ? checkScenario(base, 'x.yaml', { overrides: [read.override] })
          : checkScenario(base, 'x.yaml', { overrideProblems: [read.problem] });
      }),
    ),
    { numRuns: sampleOf(60, 3000) },
  );
});
