// `npm run schemas` writes the JSON Schemas of what a run's folder holds, from the types alone, to schemas/.
// With --check nothing is written, and a file that is not what the types say fails.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { jsonSchemaOf, shapes } from '../src/run/read/shapes.ts';
import { watchDocumentShape } from '../src/watch/shapes.ts';

const root = join(import.meta.dirname, '..');

const sources = {
  run: { type: 'RunDocument', path: 'src/verdict/document.ts', title: 'run.json' },
  repeats: { type: 'RepeatsDocument', path: 'src/verdict/repeats.ts', title: 'run.json of several repeats' },
  plan: { type: 'Plan', path: 'src/plan/types.ts', title: 'plan.json' },
  calibration: { type: 'Calibration', path: 'src/calibration/calibration.ts', title: 'calibration.json' },
} as const;

/** Types with parameters have names that no reference holds; `PlannedFaultOf<"netem">` becomes `PlannedFaultOf-netem`. */
const plainName = (name: string): string => name.replace(/\W+/g, '-').replace(/^-|-$/g, '');

const withPlainNames = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withPlainNames);
  if (typeof value !== 'object' || value === null) return value;
  const prefix = '#/definitions/';
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'definitions') {
        const entries = Object.entries(inner as object).sort(([a], [b]) => (a < b ? -1 : 1));
        return [key, Object.fromEntries(entries.map(([name, one]) => [plainName(name), withPlainNames(one)]))];
      }
      const refers = key === '$ref' && typeof inner === 'string' && inner.startsWith(prefix);
      return [key, refers ? prefix + plainName(inner.slice(prefix.length)) : withPlainNames(inner)];
    }),
  );
};

const made = ({ type, path, title }: (typeof sources)[keyof typeof sources]): string => {
  const generator = createGenerator({
    path: join(root, path),
    tsconfig: join(root, 'tsconfig.json'),
    type,
    topRef: false,
    // `npm run check:types` has done that.
    skipTypeCheck: true,
    sortProps: false,
    encodeRefs: false,
  });
  const { $schema, ...schema } = withPlainNames(generator.createSchema(type)) as Record<string, unknown>;
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
};

const check = process.argv.includes('--check');
const texts = [
  ...Object.entries(sources).map(([name, source]) => [name, made(source), source.path] as const),
  ['watch', jsonSchemaOf({ title: 'watch.json', shape: watchDocumentShape }), 'src/watch/document-shape.ts'] as const,
  ...Object.entries(shapes).map(([name, shape]) => [name, jsonSchemaOf(shape), 'src/run/read/shapes.ts'] as const),
];
for (const [name, text, path] of texts) {
  const file = join(root, 'schemas', `${name}.json`);
  const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (there === text) continue;
  if (check) {
    process.stderr.write(
      `schemas/${name}.json: expected what ${path} says, found another text.\nTry: npm run schemas\n`,
    );
    process.exitCode = 1;
  } else writeFileSync(file, text);
}
