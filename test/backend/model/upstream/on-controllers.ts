import { execa } from 'execa';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { judge } from './judge.ts';
import type { Observation } from './observation.ts';
import { nowhere, type Outcome, type Reason, reasonIn } from './outcome.ts';
import { type Expectation, expects, type ReadCase, type UpstreamCase } from './read.ts';
import { scriptOf } from './script.ts';
import { validVersions } from './versions.ts';

/** What the controllers of the differential test cannot be asked. */
const onlyByControllers: readonly Reason[] = [
  {
    applies: expects('expired', 'absDelayAtMost_s', 'requests', 'answers', 'nodeMissing', 'leaseRenewedWithin_s'),
    why: 'the kubelet is none of these controllers',
  },
  {
    applies: expects('tolerationKept_s', 'tolerationByAdmission_s'),
    why: 'admission is the API server’s',
  },
];

/** A list without entries is null. */
type Answer = Omit<Observation, 'tolerations' | 'probes' | 'leaseReadsS'> & {
  readonly probes: Observation['probes'] | null;
  readonly leaseReadsS: Observation['leaseReadsS'] | null;
  readonly id: string;
  readonly excluded: readonly boolean[] | null;
  readonly toleratedS: readonly number[] | null;
};

/** Tables of two functions, which need no script: nodes, and lists of toleration seconds. */
const excludedOf = ({ nodes = [], expect }: UpstreamCase) =>
  expect.flatMap(({ excluded, node }) =>
    excluded === undefined
      ? []
      : nodes
          .filter(({ name }) => name === node)
          .map(({ name, labels = {} }) => ({ name, labels: Object.keys(labels) })),
  );
const toleratedOf = ({ expect }: UpstreamCase) =>
  expect.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [tolerationSeconds]));

const isTable = (upstreamCase: UpstreamCase): boolean =>
  excludedOf(upstreamCase).length + toleratedOf(upstreamCase).length > 0;

const judgeTable = ({ expect }: UpstreamCase, { excluded, toleratedS }: Answer): readonly string[] =>
  expect.flatMap((wanted: Expectation, index) => {
    const stay = toleratedS?.[index];
    const found =
      wanted.excluded === undefined ? (stay !== undefined && stay < 0 ? 'forever' : stay) : excluded?.[index];
    const value = wanted.excluded ?? wanted.min_s;
    return found === value ? [] : [`expect[${index}]: expected ${String(value)}, found ${String(found)}`];
  });

const scriptFor = (upstreamCase: UpstreamCase, graceS: number | null) => {
  const script = scriptOf(upstreamCase, graceS);
  return isTable(upstreamCase)
    ? { ...script, steps: [], excluded: excludedOf(upstreamCase), tolerated: toleratedOf(upstreamCase) }
    : { ...script, excluded: [], tolerated: [] };
};

/**
 * Plays all cases that are valid on a version to its real controllers, one after the other in one process.
 * @returns by name what became of each that is valid
 */
export const onControllers = async (
  program: string,
  version: ModelVersion,
  cases: readonly ReadCase[],
): Promise<ReadonlyMap<string, Outcome>> => {
  const valid = cases.flatMap(({ read }) => {
    if (read === null) return [];
    return validVersions(read, [version]).map(({ graceS }) => ({ read, graceS }));
  });
  const outcomes = new Map<string, Outcome>();
  const played = valid.filter(({ read }) => {
    const why = reasonIn([...nowhere, ...onlyByControllers], read);
    if (why !== undefined) outcomes.set(read.id, { is: 'notExpressible', why });
    return why === undefined;
  });
  const { stdout, stderr, failed, shortMessage } = await execa(program, ['-test.run=TestCases'], {
    input: JSON.stringify(played.map(({ read, graceS }) => scriptFor(read, graceS))),
    env: { GOMAXPROCS: '1', GODEBUG: 'asyncpreemptoff=1' },
    reject: false,
    timeout: 50_000,
    maxBuffer: 1_000_000_000,
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (failed || lines.length !== played.length) {
    throw new Error(`The controllers played ${lines.length} of ${played.length} cases: ${shortMessage}\n${stderr}`);
  }
  const answers = new Map(lines.map((line) => JSON.parse(line) as Answer).map((answer) => [answer.id, answer]));
  for (const { read } of played) {
    const answer = answers.get(read.id);
    if (answer?.probes === undefined) throw new Error(`no answer about ${read.id}`);
    const seen: Observation = {
      ...answer,
      probes: answer.probes ?? [],
      leaseReadsS: answer.leaseReadsS ?? [],
      tolerations: null,
    };
    const unmet = isTable(read) ? judgeTable(read, answer) : judge(read, seen);
    outcomes.set(read.id, unmet.length === 0 ? { is: 'passed' } : { is: 'failed', why: unmet });
  }
  return outcomes;
};
