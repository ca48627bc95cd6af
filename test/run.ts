// `npm test`: four tiers, one after the other, so that no tier disturbs the times of another; `npm run test:nightly`
// names the fifth. Real clusters share a machine with others: a file of theirs that fails is run once more as a whole,
// its clusters with it, and named. The last lines name what failed, and sum up vitest's own JSON reports. With SKIPBEAT_FAIL_ON_SKIP=1 a
// test that was skipped fails the whole. Arguments go on to vitest, but for `--nightly`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';

type FileResult = {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  /** Why the file could not be loaded, or a hook of it failed. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages: readonly string[];
  }[];
};
type Report = { readonly success: boolean; readonly testResults: readonly FileResult[] };

/** More files than these failed for a reason that a second try does not take away. */
const filesTriedAgain = 2;

const nightly = process.argv.includes('--nightly');
const tiers = nightly ? ['nightly'] : ['unit', 'long', 'integration', 'e2e'];
const passedOn = process.argv.slice(2).filter((argument) => argument !== '--nightly');
const folder = mkdtempSync(join(tmpdir(), 'skipbeat-test-'));
/** Files that passed at their second try. */
const retried: string[] = [];
/** What failed, with the first lines of why. */
const failures: string[] = [];
const linesOfWhy = 12;
const sum = { passed: 0, failed: 0, skipped: 0 };
let sound = true;

const runTier = async (tier: string, files: readonly string[] = []): Promise<Report> => {
  const path = join(folder, `${tier}.json`);
  rmSync(path, { force: true });
  const { exitCode } = await execa(
    'vitest',
    [
      'run',
      ...files,
      ...['--project', tier],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${path}`],
      ...passedOn,
    ],
    { reject: false, preferLocal: true, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  return { ...report, success: report.success && exitCode === 0 };
};

const withSecondTry = async (tier: string): Promise<Report> => {
  const first = await runTier(tier);
  const failed = first.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const onClusters = tier === 'e2e' || tier === 'nightly';
  if (first.success || !onClusters || failed.length === 0 || failed.length > filesTriedAgain) return first;
  const second = await runTier(tier, failed);
  if (second.success) retried.push(...failed.map((name) => relative('.', name)));
  const others = first.testResults.filter(({ name }) => !failed.includes(name));
  return { success: second.success, testResults: [...others, ...second.testResults] };
};

const failuresOf = ({ name, status, message, assertionResults }: FileResult): readonly string[] => {
  const file = relative('.', name);
  const why = (text: string): string => text.split('\n').slice(0, linesOfWhy).join('\n  ');
  const tests = assertionResults
    .filter((test) => test.status === 'failed')
    .map(({ fullName, failureMessages }) => `${file}: ${fullName}\n  ${why(failureMessages.at(-1) ?? '')}`);
  return tests.length > 0 || status !== 'failed' ? tests : [`${file}\n  ${why(message)}`];
};

for (const tier of tiers) {
  const { success, testResults } = await withSecondTry(tier);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === 'failed').length;
  const passed = tests.filter(({ status }) => status === 'passed');
  sum.passed += passed.length;
  // A file that could not even be loaded has no failed test to its name.
  sum.failed +=
    failed +
    testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  sum.skipped += tests.length - passed.length - failed;
  failures.push(...testResults.flatMap(failuresOf));
  sound &&= success && passed.length > 0;
}
rmSync(folder, { recursive: true });

for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
for (const name of retried) process.stdout.write(`passed at the second try: ${name}\n`);
const skipFails = process.env.SKIPBEAT_FAIL_ON_SKIP === '1' && sum.skipped > 0;
if (skipFails) process.stdout.write('a skipped test fails here, for SKIPBEAT_FAIL_ON_SKIP=1\n');
process.exitCode = sound && sum.failed === 0 && !skipFails ? 0 : 1;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
