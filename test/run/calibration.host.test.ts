import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCalibration } from '../../src/run/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-calibration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = { schemaVersion: 1, model: null, why: 'there was no time for it', links: [] };

const readOf = (text: string) => {
  const path = join(folder, 'calibration.json');
  writeFileSync(path, text);
  return () => readCalibration(folder);
};

test('a calibration is read as it was kept; a run without one has none', () => {
  expect(readCalibration(folder)).toBeNull();
  expect(readOf(JSON.stringify(whole))()).toEqual(whole);
});

test.each([
  ['truncated', JSON.stringify(whole).slice(0, 30), /calibration\.json: expected JSON, found /],
  ['no object', '7', /calibration\.json: expected a JSON object\.$/],
  ['of another schema version', JSON.stringify({ ...whole, schemaVersion: 2 }), /calibration\.json: schemaVersion: /],
  ['with a key that none has', JSON.stringify({ ...whole, colour: 'red' }), /Unrecognized key: "colour"/],
  ['with text for a number', JSON.stringify({ ...whole, model: { runs: 'all', asked: 1, seed: 1 } }), /model/],
])('one that is %s is refused', (_, text, problem) => {
  expect(readOf(text)).toThrow(problem);
  expect(readOf(text)).toThrow(expect.objectContaining({ code: 'EVIDENCE_UNREADABLE', exitCode: 64 }));
});
