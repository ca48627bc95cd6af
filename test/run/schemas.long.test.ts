import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv, type ValidateFunction } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type SchemaName, schemaNames } from '../../src/common/schemas.ts';
import { scenarioNames } from '../../src/scenario/index.ts';
import { callProgram } from '../support/call-program.ts';
import { type ModelRun, modelRun } from './model-run.ts';

const root = join(import.meta.dirname, '../..');
let run: ModelRun;
const validators = new Map<string, ValidateFunction>();

/** As somebody would who has the command line alone. */
const printed = async (name: string): Promise<ValidateFunction> => {
  const { stdout } = await callProgram(['schema', name], { cwd: root });
  return new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }).compile(
    JSON.parse(stdout),
  );
};

beforeAll(async () => {
  run = await modelRun();
  for (const name of ['scenario', ...schemaNames]) validators.set(name, await printed(name));
});
afterAll(() => run.remove());

const text = (file: string): string => readFileSync(join(run.folder, file), 'utf8');
const faults = (name: SchemaName | 'scenario', value: unknown): unknown => {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate(value) ? [] : validate.errors;
};

test.each(['run', 'plan', 'manifest'] as const)('%s.json is what its schema says', (name) => {
  expect(faults(name, JSON.parse(text(`${name}.json`)))).toEqual([]);
});

test('every event and every request is what its schema says', () => {
  const events = text('events.ndjson').trimEnd().split('\n');
  const requests = gunzipSync(readFileSync(join(run.folder, 'requests.ndjson.gz')))
    .toString()
    .trimEnd()
    .split('\n');
  expect(events.length).toBeGreaterThan(50);
  expect(requests.length).toBeGreaterThan(3000);
  expect(events.flatMap((line) => faults('events', JSON.parse(line)))).toEqual([]);
  expect(requests.flatMap((line) => faults('requests', JSON.parse(line)))).toEqual([]);
});

test('every scenario is what its schema says', () => {
  for (const name of scenarioNames()) {
    const scenario = parse(readFileSync(join(root, 'scenarios', `${name}.yaml`), 'utf8'));
    expect([name, faults('scenario', scenario)]).toEqual([name, []]);
  }
});

test('a schema refuses what it does not describe', () => {
  const [event = ''] = text('events.ndjson').split('\n');
  expect(faults('events', { ...JSON.parse(event), atMs: 'soon' })).not.toEqual([]);
  expect(faults('events', { ...JSON.parse(event), type: 'run.stared' })).not.toEqual([]);
  expect(faults('run', { ...JSON.parse(text('run.json')), verdict: 'maybe' })).not.toEqual([]);
  expect(faults('manifest', { ...JSON.parse(text('manifest.json')), schemaVersion: 2 })).not.toEqual([]);
});
