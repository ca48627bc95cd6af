import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunDocument } from '../../src/verdict/index.ts';
import { callProgram } from '../support/call-program.ts';

const base = mkdtempSync(join(tmpdir(), 'skipbeat-no-requests-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const run = async (name: string, scenario: string) => {
  const folder = join(base, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'scenario.yaml'), scenario);
  const out = join(folder, 'run');
  const ended = await callProgram(['run', 'scenario.yaml', '--backend', 'model', '--out', out], { cwd: folder });
  const text = (file: string): string => readFileSync(join(out, file), 'utf8');
  return { exitCode: ended.exitCode, document: JSON.parse(text('run.json')) as RunDocument, text };
};

describe('no request, no judgement', () => {
  test('of a run that offered none, no count of requests meets an expectation', async () => {
    const { exitCode, document, text } = await run(
      'none',
      `name: x
profile: default
load: {ratePerSecond: 5}
phases:
  - steady: 0s
expect:
  - {figure: requests.refused, equals: 0}
  - {figure: requests.ok, equals: 0}
`,
    );
    expect([exitCode, document.verdict]).toEqual([2, 'inconclusive']);
    expect(document.expectations.map(({ observed, held }) => [observed, held])).toEqual([
      [null, false],
      [null, false],
    ]);
    expect(document.reasons).toEqual([
      'requests.refused is not known: no request was due',
      'requests.ok is not known: no request was due',
    ]);
    expect(document.requests).toMatchObject({ offered: 0, ok: null, refused: null });
    expect(document.requests.byPhase.steady).toMatchObject({ offered: 0, ok: null, refused: null });
    expect(text('openmetrics.txt')).not.toContain('skipbeat_requests_total');
    expect(text('junit.xml').match(/(?<=<skipped message=")[^"]*/g)).toEqual([
      'inconclusive: expected 0, observed –, which proves nothing',
      'inconclusive: expected 0, observed –, which proves nothing',
    ]);
    expect(text('summary.md')).toBe(`### INCONCLUSIVE: x, x

**Predicted, nothing was run**: every figure comes from the model.

Profile default (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, model, seed 1

**Why it proves nothing**

- requests.refused is not known: no request was due
- requests.ok is not known: no request was due

**Expectations**

| expectation | expected | modelled |  |
|---|---:|---:|---:|
| requests.refused | 0 | – | not judged |
| requests.ok | 0 | – | not judged |

**Requests entered through worker, which no fault touches**

| phase | NotReady | requests | ok | refused | timeout | other | p99 |
|---|---:|---:|---:|---:|---:|---:|---:|
| steady | 0 | 0 | – | – | – | – | – |
| **all** | 0 | 0 | – | – | – | – | – |
`);
    expect(text('report.html')).toContain('No request was offered.');
  });

  test('of one request before the fault and none while it stood, none is refused is no answer', async () => {
    const { exitCode, document } = await run(
      'one',
      `name: x
profile: default
load: {ratePerSecond: 0.01}
phases:
  - steady: 10s
  - fault: 25s
    inject: [{kind: kubelet-pause, target: {role: worker}}]
  - recover: {within: 60s}
expect:
  - {figure: requests.refused, equals: 0}
`,
    );
    expect([exitCode, document.verdict]).toEqual([2, 'inconclusive']);
    expect(document.reasons).toEqual([
      'requests.refused is not known: a request was due every 100.0 s only: an outage may fall between two of them',
    ]);
    expect(document.expectations).toMatchObject([{ observed: null, held: false }]);
  });
});
