import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../common/errors.ts';
import { defaultMaxPods } from '../../profile/index.ts';
import { readRecommendation, recommend, recommendationJson, recommendationText } from '../../sweep/index.ts';
import { addConfigFileOptions, type ConfigFileOptions, configFileSettings } from '../options/config-file-options.ts';
import { log, printResult } from '../output/print.ts';

type RecommendOptions = ConfigFileOptions & {
  readonly nodes: string;
  readonly podsPerNode: string;
  readonly kubernetes: string;
  readonly json?: boolean;
  readonly maxDetect?: string;
  readonly survivePause?: string;
  readonly maxWrites?: string;
  readonly maxEvict?: string;
  readonly minAnswer?: string;
};

/** The limits that settings may have to keep to, as typed, and what each means. */
export const limitOptions = [
  ['--max-detect <duration>', 'a dead node is NotReady after at most this'],
  ['--survive-pause <duration>', 'the controller calls no node NotReady for a pause of this length'],
  ['--max-writes <n>', 'heartbeat writes a minute of the whole cluster'],
  ['--max-evict <duration>', 'the first pod of a dead node is evicted after at most this'],
  ['--min-answer <duration>', 'all nodes stay Ready with an API server that takes this long for each answer'],
] as const;

/** 1: no settings keep to all of the limits. 2: some do, and by their kubelets' own word none survives the pause that was named. */
const recommendSettings = (options: RecommendOptions, command: Command): ExitCode => {
  const isTyped = command.getOptionValueSource('kubernetes') === 'cli';
  const configFiles = configFileSettings(
    options,
    { typed: isTyped ? options.kubernetes : undefined, otherwise: options.kubernetes },
    'nodes',
  );
  const asked = readRecommendation({ ...options, kubernetes: configFiles?.kubernetes ?? options.kubernetes });
  const own = configFiles?.on(asked.kubernetesVersion) ?? null;
  for (const sentence of own?.sentences ?? []) log(sentence);
  const found = recommend(asked.kubernetesVersion, asked.nodes, asked.limits, own, asked.podsPerNode);
  printResult(options.json === true ? recommendationJson(found) : recommendationText(found));
  if (found.front.length === 0) return exitCodes.notMet;
  return found.keepsOwnWord ? exitCodes.ok : exitCodes.inconclusive;
};

/** `skipbeat recommend`. */
export const registerRecommend = (program: Command): Command => {
  const command = addConfigFileOptions(
    program.command('recommend').description('settings that keep to limits of yours, by formula, ready for kubeadm'),
  )
    .option('--nodes <count>', 'nodes of the cluster with its one control plane', '1000')
    .option('--pods-per-node <count>', 'pods on a node that dies, at most', String(defaultMaxPods))
    .option('--kubernetes <version>', 'a minor or an exact version', 'v1.34.4');
  for (const [flags, description] of limitOptions) command.option(flags, description);
  return command.option('--json', 'print the result as JSON').action((options: RecommendOptions, own: Command) => {
    process.exitCode = recommendSettings(options, own);
  });
};
