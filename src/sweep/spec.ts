import { formatDuration } from '../common/duration.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { assumedVersion } from '../common/kubernetes/version-range.ts';
import { countedGrouped } from '../common/text/counted.ts';
import {
  exactVersion,
  findProfile,
  joinedUserConfig,
  profileNames,
  type Reading,
  type UserConfig,
  unsupportedSettings,
  userConfigName,
} from '../profile/index.ts';
import { didYouMean } from '../scenario/index.ts';
import { type Read, readDurations, readInteger, readWholes } from './ranges.ts';
import { estimateCell } from './run/cells.ts';
import type { Shard, SweepSpec } from './types.ts';

/** A sweep as typed on the command line. */
export type SweepOptionTexts = {
  /** null: none but the userConfig. */
  readonly profiles: string | null;
  /** Somebody's own settings as they are on a version, to be swept before the profiles. */
  readonly userConfigOn?: ((kubernetesVersion: string) => UserConfig) | undefined;
  readonly pause: string;
  readonly nodes: string;
  readonly kubernetes: string;
  readonly repeats: string;
  readonly reading: string;
  readonly seed: string;
  readonly workers?: string;
  readonly shard?: string;
};

export type AskedSweep = {
  readonly spec: SweepSpec;
  readonly shard: Shard | null;
  /** null = not asked for. */
  readonly workers: number | null;
};

const max32 = 4_294_967_295;
const maxRepeats = 1_000_000;
const maxWorkers = 1024;
const maxShards = 10_000;

const items = (text: string): readonly string[] => [...new Set(text.split(',').map((item) => item.trim()))];

type Complain = (option: string, problem: string) => void;

const taken = <T>(option: string, read: Read<T>, otherwise: T, complain: Complain): T => {
  if ('value' in read) return read.value;
  complain(option, read.problem);
  return otherwise;
};

/** Names of profiles, each known. */
export const readProfiles = (text: string, complain: Complain): readonly string[] =>
  items(text).filter((name) => {
    if (findProfile(name) !== null) return true;
    const expected = `expected profiles (${profileNames.join(', ')})`;
    complain('--profiles', `${expected}, received ${JSON.stringify(name)}${didYouMean(name, profileNames)}`);
    return false;
  });

/** Exact versions; where a patch is left open, the one that this project was tried with. */
export const readVersions = (text: string, complain: Complain): readonly string[] => {
  const versions = items(text).flatMap((item) => {
    const version = assumedVersion(item.replace(/^v?(?=\d)/, 'v'));
    try {
      exactVersion(version);
      return [version];
    } catch (thrown) {
      if (!(thrown instanceof SkipbeatError)) throw thrown;
      complain(
        '--kubernetes',
        thrown.message.replace(/^kubernetesVersion: /, '').replace(JSON.stringify(version), JSON.stringify(item)),
      );
      return [];
    }
  });
  return [...new Set(versions)];
};

/** `literal` or `equivalent`. */
export const readReading = (text: string, complain: Complain): Reading => {
  if (text === 'literal' || text === 'equivalent') return text;
  complain('--reading', `expected literal or equivalent, received ${JSON.stringify(text)}`);
  return 'literal';
};

/**
 * `2/4`, or `job/4`: the shard of this pod of an Indexed Job.
 * @param completionIndex JOB_COMPLETION_INDEX, which counts from 0
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */
const readShard = (text: string, complain: Complain, completionIndex: string | undefined): Shard | null => {
  const parts = /^(\d+|job)\/(\d+)$/.exec(text);
  const isJob = parts?.[1] === 'job';
  if (isJob && !/^\d+$/.test(completionIndex ?? '')) {
    const found = JSON.stringify(completionIndex) ?? 'none';
    complain('--shard', `expected JOB_COMPLETION_INDEX, as an Indexed Job sets it, for ${text}, found ${found}`);
    return null;
  }
  const shard = { index: isJob ? Number(completionIndex) + 1 : Number(parts?.[1]), of: Number(parts?.[2]) };
  if (shard.index >= 1 && shard.index <= shard.of && shard.of <= maxShards) return shard;
  const received = isJob ? `${text} with JOB_COMPLETION_INDEX=${completionIndex}` : text;
  complain('--shard', `expected I/N with I from 1 to N, such as 1/4, received ${JSON.stringify(received)}`);
  return null;
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** One for all versions, for it is swept under one name. */
const readUserConfig = (
  { userConfigOn }: SweepOptionTexts,
  versions: readonly string[],
  complain: Complain,
): UserConfig | undefined => {
  if (userConfigOn === undefined) return undefined;
  const configs = versions.map(userConfigOn);
  const joined = joinedUserConfig(configs);
  if (joined !== null || configs.length === 0) return joined ?? undefined;
  complain('--kubernetes', 'expected versions on which the files pass the same flags, received some where they differ');
  return configs[0];
};

const refuseTooLarge = (spec: SweepSpec, limitBytes: number, complain: Complain): void => {
  const [profile, pauseMs, kubernetesVersion] = ['default', spec.pausesMs.at(-1) ?? 1000, 'v1.34.4'] as const;
  for (const nodes of spec.nodes) {
    const { bytes, seconds } = estimateCell({ profile, pauseMs, nodes, kubernetesVersion }, { reading: 'literal' });
    if (bytes <= limitBytes) continue;
    const needed = `${gigabytes(bytes)} and ${formatDuration(Math.ceil(seconds) * 1000)}`;
    complain(
      '--nodes',
      `one simulation of ${countedGrouped(nodes, 'node')} would take about ${needed}: expected at most the ${gigabytes(limitBytes)} that one thread may use here`,
    );
  }
};

const refuseUnsupported = (spec: SweepSpec, complain: Complain): void => {
  for (const name of spec.profiles) {
    const profile = findProfile(name);
    if (profile === null) continue;
    for (const version of spec.kubernetesVersions) {
      for (const { field, message } of unsupportedSettings(profile, spec.reading, version)) {
        complain('--profiles', `${name} on ${version}: ${field}: ${message}`);
      }
    }
  }
};

/**
 * Reads a sweep from the command line.
 * @param limitBytes what one simulation may take
 * @throws SkipbeatError SWEEP_INVALID (exit 64), with every problem, one a line
 */
export const readSweep = (options: SweepOptionTexts, limitBytes: number): AskedSweep => {
  const problems: string[] = [];
  const complain: Complain = (option, problem) => problems.push(`${option}: ${problem}`);
  const pauses = readDurations(options.pause);
  for (const problem of pauses.problems) complain('--pause', problem);
  // A worker at least, beside the control plane: something has to be paused.
  const nodes = readWholes(options.nodes, 2);
  for (const problem of nodes.problems) complain('--nodes', problem);
  const profiles = options.profiles === null ? [] : readProfiles(options.profiles, complain);
  const reading = readReading(options.reading, complain);
  const kubernetesVersions = readVersions(options.kubernetes, complain);
  const userConfig = readUserConfig(options, kubernetesVersions, complain);
  const spec: SweepSpec = {
    profiles: [...(userConfig === undefined ? [] : [userConfigName]), ...profiles],
    ...(userConfig === undefined ? {} : { userConfig }),
    reading,
    pausesMs: pauses.values,
    nodes: nodes.values,
    kubernetesVersions,
    repeats: taken('--repeats', readInteger(options.repeats, 1, maxRepeats), 1, complain),
    seed: taken('--seed', readInteger(options.seed, 0, max32), 0, complain),
  };
  const workers =
    options.workers === undefined ? null : taken('--workers', readInteger(options.workers, 1, maxWorkers), 1, complain);
  const shard =
    options.shard === undefined ? null : readShard(options.shard, complain, process.env.JOB_COMPLETION_INDEX);
  refuseTooLarge(spec, limitBytes, complain);
  refuseUnsupported(spec, complain);
  if (problems.length > 0) {
    throw new SkipbeatError('SWEEP_INVALID', problems.join('\n'), {
      exitCode: exitCodes.usage,
      next: skipbeat('sweep --help'),
    });
  }
  return { spec, shard, workers };
};
