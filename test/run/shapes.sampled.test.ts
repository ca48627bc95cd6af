import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Calibration } from '../../src/calibration/index.ts';
import { type RunSchemaName, runSchemaNames } from '../../src/common/schemas.ts';
import { planRepeats } from '../../src/plan/index.ts';
import { checkOf } from '../../src/run/read/checks.ts';
import { schemaText } from '../../src/run/shapes.ts';
import { judge, judgeRepeats } from '../../src/verdict/index.ts';
import { sampleOf } from '../support/sample.ts';
import { tightPlan, tightRun } from '../verdict/timeline-builder.ts';

// What is published is what is read by: a document is refused by both or by neither.

const plan = { ...tightPlan, repeats: 3 };

const calibration: Calibration = {
  schemaVersion: 1,
  model: { runs: 200, asked: 200, seed: 1 },
  why: null,
  links: [
    {
      link: 'notReady',
      observedMs: 41_000,
      window: [40_000, 45_000],
      slackMs: [500, 700],
      fit: 'inside',
      model: { seen: 200, minMs: 1, p5Ms: 2, p50Ms: 3, p95Ms: 4, maxMs: 5, fit: 'outside' },
    },
  ],
  conditional: {
    why: null,
    links: [
      {
        link: 'tainted',
        of: 'worker',
        given: { what: 'notReady', atMs: 1 },
        chance: null,
        observedMs: 2,
        ...{ p1Ms: 1, p5Ms: 2, p50Ms: 3, p95Ms: 4, p99Ms: 5 },
        rank: null,
        fit: 'inside',
      },
    ],
  },
};

const once = <T>(make: (name: RunSchemaName) => T): ((name: RunSchemaName) => T) => {
  const made = new Map<RunSchemaName, T>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
};

/** As whoever has the package compiles it. */
const schemaOf = once((name) =>
  new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, code: { optimize: false } }).compile(
    JSON.parse(schemaText(name)),
  ),
);

const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const documentsOf = async (name: RunSchemaName): Promise<readonly unknown[]> => {
  const { events, requests } = tightRun();
  const repeats = () => Promise.all(planRepeats(plan).map((one) => judge(one, events, requests)));
  switch (name) {
    case 'events':
      // One of each kind, for they are alike.
      return [...new Map(events.map((event) => [event.type, event])).values()];
    case 'requests':
      return requests.slice(0, 3);
    case 'run':
      return [await judge(tightPlan, events, requests)];
    case 'repeats':
      return [judgeRepeats(plan, await repeats())];
    case 'plan':
      return [tightPlan, ...planRepeats(plan).slice(0, 1)];
    case 'manifest':
      return [{ schemaVersion: 1, sealedBy: 'run', versions: { node: 'v24' }, sha256: { 'plan.json': 'abc' } }];
    case 'calibration':
      return [calibration];
  }
};

type Path = readonly (string | number)[];

/** Every place in a document; of what is alike, as in an array or by node, only the first. */
const placesIn = (value: unknown, at: Path = []): readonly Path[] => {
  if (typeof value !== 'object' || value === null) return [at];
  const inner: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.slice(0, 1).map((one, index) => [index, one] as const)
    : Object.entries(value).slice(0, /^by[A-Z]/.test(String(at.at(-1))) ? 1 : undefined);
  return [at, ...inner.flatMap(([key, one]) => placesIn(one, [...at, key]))];
};

const gone = Symbol('gone');

const withAt = (value: unknown, path: Path, put: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  if (rest.length === 0 && put === gone) delete copy[key];
  else copy[key] = withAt(copy[key], rest, put);
  return copy;
};

const strange: readonly unknown[] = ['strange', -1, null, { strange: 1 }, gone];

describe.each(runSchemaNames)('%s', (name) => {
  test('what is written is what its JSON Schema says', async () => {
    const validate = schemaOf(name);
    const documents = await documentsOf(name);
    expect(documents.length).toBeGreaterThan(0);
    for (const document of documents.map(written)) {
      validate(document);
      expect(validate.errors).toBeNull();
      expect((await checkOf(name))(document as object)).toBeNull();
    }
  });

  test('what is changed in any place is refused by its JSON Schema and by reading, or by neither', async () => {
    const validate = schemaOf(name);
    const check = await checkOf(name);
    let refused = 0;
    for (const complete of (await documentsOf(name)).map(written)) {
      const document = name === 'repeats' ? { ...(complete as object), repeats: [] } : complete;
      const places = placesIn(document).slice(1);
      // A small sample: each place, with some of what may be put there.
      const tried = places.length > 100 ? sampleOf(1, strange.length) : strange.length;
      for (const [index, place] of places.entries()) {
        // Each of them is a run.json, of which all that is tried itself.
        if (place[0] === 'repeats' && place.length > 1) continue;
        for (let next = 0; next < tried; next += 1) {
          const put = strange[(index + next) % strange.length];
          const changed = withAt(document, place, put);
          if (Array.isArray(changed) && put === gone) continue;
          const isRead = check(changed as object) === null;
          if (isRead !== validate(changed)) throw new Error(`${place.join('.')} = ${String(put)}: ${isRead}`);
          if (!isRead) refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(15);
  });
});

test('an event of an unknown kind is named, and what is wrong in one of a known kind by its place', async () => {
  const check = await checkOf('events');
  expect(check({ atMs: 1, type: 'node.raedy' })).toBe(
    'type: expected a kind of event that this version knows, received "node.raedy"',
  );
  expect(check({ atMs: 1 })).toBe('type: expected a kind of event that this version knows, received undefined');
  expect(check({ atMs: 1, type: 'load.ended', offered: '5' })).toBe('offered: expected number, received string');
  expect(check({ atMs: 1, type: 'load.ended', offered: 5, lost: 0 })).toBe('Unrecognized key: "lost"');
});

test('a sum of repeats may lack the figures that an older skipbeat did not write, and no other', async () => {
  const check = await checkOf('repeats');
  const [document] = (await documentsOf('repeats')).map(written) as [object];
  expect(check(withAt(document, ['requests', 'reusedPort'], gone) as object)).toBeNull();
  expect(check(withAt(document, ['requests', 'refused'], gone) as object)).toMatch(/^requests\.refused: /);
});
