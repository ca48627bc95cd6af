// `npm test`: three tiers, one after the other, so that no tier disturbs the times of another; `npm run test:nightly`
// names the fourth. The last line is the sum of vitest's own JSON reports. With SKIPBEAT_FAIL_ON_SKIP=1 a test that was
// skipped fails the whole. Arguments go on to vitest, but for `--nightly`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

type Report = {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

const nightly = process.argv.includes('--nightly');
const rings = nightly ? ['nightly'] : ['pure', 'host', 'kind'];
const folder = mkdtempSync(join(tmpdir(), 'skipbeat-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };
let sound = true;
/** Tests that passed at their second try. */
const retried: string[] = [];

for (const ring of rings) {
  const path = join(folder, `${ring}.json`);
  const { exitCode } = await execa(
    'vitest',
    [
      'run',
      '--project',
      ring,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${path}`,
      ...process.argv.slice(2).filter((argument) => argument !== '--nightly'),
    ],
    { reject: false, preferLocal: true, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  // A file that could not even be loaded has no failed test to its name.
  sum.failed += report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  for (const { assertionResults } of report.testResults)
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'passed' && failureMessages.length > 0) retried.push(fullName);
  sound &&= exitCode === 0 && report.success && report.numPassedTests > 0;
}
rmSync(folder, { recursive: true });

for (const name of retried) process.stdout.write(`passed at the second try: ${name}\n`);
const skipFails = process.env.SKIPBEAT_FAIL_ON_SKIP === '1' && sum.skipped > 0;
if (skipFails) process.stdout.write('a skipped test fails here, for SKIPBEAT_FAIL_ON_SKIP=1\n');
process.exitCode = sound && sum.failed === 0 && !skipFails ? 0 : 1;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
