import { parseDurationMs } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { readInteger } from '../ranges.ts';
import { readVersions } from '../spec.ts';
import type { Limits } from './recommend.ts';

/** A request for settings as typed on the command line. */
export type RecommendOptionTexts = {
  readonly nodes: string;
  readonly podsPerNode: string;
  readonly kubernetes: string;
  readonly maxDetect?: string;
  readonly survivePause?: string;
  readonly maxWrites?: string;
  readonly maxEvict?: string;
  readonly minAnswer?: string;
};

export type AskedRecommendation = {
  readonly kubernetesVersion: string;
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly limits: Limits;
};

/**
 * Reads what settings have to keep to.
 * @throws SkipbeatError RECOMMEND_INVALID (exit 64), with every problem, one a line
 */
export const readRecommendation = (options: RecommendOptionTexts): AskedRecommendation => {
  const problems: string[] = [];
  const complain = (option: string, problem: string): number => problems.push(`${option}: ${problem}`);
  const duration = (option: string, text: string | undefined): number | null => {
    if (text === undefined) return null;
    const ms = parseDurationMs(text);
    if (ms !== null && ms > 0) return ms;
    complain(option, `expected a duration of more than 0, such as 60s, received ${JSON.stringify(text)}`);
    return null;
  };
  const integer = (option: string, text: string, min: number): number => {
    const read = readInteger(text, min, Number.MAX_SAFE_INTEGER);
    if ('value' in read) return read.value;
    const one = text.includes(',') ? ' (one number alone)' : '';
    complain(option, read.problem + one);
    return min;
  };
  const versions = readVersions(options.kubernetes, complain);
  if (versions.length > 1) {
    complain('--kubernetes', `expected one version alone, received ${JSON.stringify(options.kubernetes)}`);
  }
  const nodes = integer('--nodes', options.nodes, 2);
  const podsPerNode = integer('--pods-per-node', options.podsPerNode, 0);
  const limits: Limits = {
    maxDetectMs: duration('--max-detect', options.maxDetect),
    survivePauseMs: duration('--survive-pause', options.survivePause),
    maxWritesPerMinute: options.maxWrites === undefined ? null : integer('--max-writes', options.maxWrites, 1),
    maxEvictMs: duration('--max-evict', options.maxEvict),
    minAnswerMs: duration('--min-answer', options.minAnswer),
  };
  const present = [options.maxDetect, options.survivePause, options.maxWrites, options.maxEvict, options.minAnswer];
  if (present.every((text) => text === undefined)) {
    complain('recommend', 'expected a limit: --max-detect, --survive-pause, --max-writes, --max-evict or --min-answer');
  }
  const [kubernetesVersion] = versions;
  if (kubernetesVersion === undefined || problems.length > 0) {
    throw new SkipbeatError('RECOMMEND_INVALID', problems.join('\n'), {
      exitCode: exitCodes.usage,
      next: skipbeat('recommend --max-detect 60s --survive-pause 20s --nodes 1000'),
    });
  }
  return { kubernetesVersion, nodes, podsPerNode, limits };
};
