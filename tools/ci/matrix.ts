// `npm run -s ci:matrix`: the jobs of a night, as JSON for `strategy.matrix`: every scenario that `list --json` names on
// every Kubernetes version of NIGHTLY_KUBERNETES that can express it, and the shards of the sweep. With GITHUB_OUTPUT set the
// values go there as `scenarios`, `shards` and `shardCount`. NIGHTLY_REPEATS: how often each is run, which the night holds
// against what is there; NIGHTLY_SCENARIOS, names between commas, leaves all others out.
import { join } from 'node:path';
import { execa } from 'execa';
import { setOutputs } from './outputs.ts';
import { planOutcome } from './plan-outcome.ts';

type Job = { readonly scenario: string; readonly kubernetes: string };
type PlannedJob = Job & { readonly repeats: number };

/** Ends with what is wrong, without the lines of this program that found it. */
const fail = (why: string): never => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};

const main = join(import.meta.dirname, '../../src/main.ts');
const versions = (process.env.NIGHTLY_KUBERNETES ?? 'v1.20,v1.31,v1.34,v1.36,v1.37')
  .split(',')
  .map((text) => text.trim());
const shardCount = Number(process.env.NIGHTLY_SHARDS ?? '4');
if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > 100) {
  fail(`NIGHTLY_SHARDS: expected an integer from 1 to 100, received ${process.env.NIGHTLY_SHARDS}`);
}

const repeats = Number(process.env.NIGHTLY_REPEATS ?? '5');
if (!Number.isInteger(repeats) || repeats < 1) {
  fail(`NIGHTLY_REPEATS: expected an integer from 1, received ${process.env.NIGHTLY_REPEATS}`);
}

const { stdout } = await execa(process.execPath, [main, 'list', '--json']);
const all = (JSON.parse(stdout) as readonly { readonly name: string }[]).map(({ name }) => name);
const wanted = (process.env.NIGHTLY_SCENARIOS ?? '').split(',').filter((name) => name !== '');
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`NIGHTLY_SCENARIOS: expected ${all.join(', ')}, received ${unknown.join(', ')}`);
const names = wanted.length === 0 ? all : wanted;
if (wanted.length > 0) process.stderr.write(`only ${names.join(', ')}, as NIGHTLY_SCENARIOS says\n`);

/**
 * What a version cannot express is said and left out: a job of it could only fail.
 * @throws Error where `plan` fails for any other reason
 */
const canRun = async ({ scenario, kubernetes }: Job): Promise<boolean> => {
  const { exitCode, stderr } = await execa(
    process.execPath,
    [main, 'plan', scenario, '--json', '--kubernetes', kubernetes],
    { reject: false },
  );
  const outcome = planOutcome(exitCode, stderr);
  if (outcome === 'failed') fail(`plan ${scenario} on ${kubernetes}: expected exit 0, found ${exitCode}:\n${stderr}`);
  if (outcome === 'unsupported') process.stderr.write(`${scenario} on ${kubernetes} is left out:\n${stderr}\n`);
  return outcome === 'runs';
};

const include: PlannedJob[] = [];
for (const scenario of names) {
  for (const kubernetes of versions) {
    if (await canRun({ scenario, kubernetes })) include.push({ scenario, kubernetes, repeats });
  }
}
if (include.length === 0) fail('no scenario is left to run');
const scenarios = JSON.stringify({ include });
const shards = JSON.stringify(Array.from({ length: shardCount }, (_, index) => index + 1));
process.stdout.write(`scenarios=${scenarios}\nshards=${shards}\nshardCount=${shardCount}\n`);
setOutputs({ scenarios, shards, shardCount: String(shardCount) });
