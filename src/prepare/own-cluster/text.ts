import type { PreparedAct } from '../../agent/index.ts';
import { quoteCommand } from '../../common/command.ts';
import { formatDuration } from '../../common/duration.ts';
import type { ClusterSurvey, Eligibility, MissingRight } from '../../guard/index.ts';
import { neededRights } from '../../guard/index.ts';
import type { AskedOwnCluster } from './options.ts';

const indented = (text: string): readonly string[] => text.split('\n').map((line) => `      ${line}`);

const placeLines = ({ clusterName, context, server, uid, serverVersion, nodes }: ClusterSurvey): readonly string[] => [
  `cluster  ${clusterName}  (context ${context}, ${server})`,
  `UID      ${uid}`,
  `version  ${serverVersion}, ${nodes.length} nodes`,
];

/** What is run on each node, in full. */
const commandLines = (acts: readonly PreparedAct[]): readonly string[] =>
  acts.flatMap(({ act }) => [
    `on ${act.node}, for ${formatDuration(act.lengthMs)}:`,
    ...(act.survey === null ? [] : ['    survey', ...indented(quoteCommand(act.survey))]),
    '    apply',
    ...indented(quoteCommand(act.apply)),
    '    undo',
    ...indented(quoteCommand(act.undo)),
    '    verify',
    ...indented(quoteCommand(act.verify)),
  ]);

const rightLines = (): readonly string[] =>
  neededRights.map(
    ({ namespace, resource, verbs, why }) =>
      `    ${verbs.join(', ')} ${resource}${namespace === null ? '' : ` in ${namespace}`}: to ${why}`,
  );

/** Before anything is written: what is to be hit, by what, with which rights, for how long at most. */
export const beforeText = (
  survey: ClusterSurvey,
  acts: readonly PreparedAct[],
  missing: readonly MissingRight[],
  { agentImage, maxMs }: AskedOwnCluster,
): readonly string[] => [
  ...placeLines(survey),
  `hit      ${acts.map(({ act, target }) => `${act.node} (${target} in the plan): ${act.kind} for ${formatDuration(act.lengthMs)}`).join('; ')}`,
  `at most  ${formatDuration(maxMs)} for each; the undo is armed on the node before it begins`,
  `agent    ${agentImage}, a privileged pod on each of them in namespace skipbeat-agents`,
  ...commandLines(acts),
  'with the rights to',
  ...rightLines(),
  ...missing.map(({ right, why }) => `without the right to ${right}: what it is for (to ${why}) stays unknown`),
];

/** Without `--nodes`: which nodes could be hit, and how; nothing is written. */
export const eligibleText = (
  survey: ClusterSurvey,
  eligible: readonly Eligibility[],
  acts: readonly PreparedAct[],
): readonly string[] => [
  ...placeLines(survey),
  'nodes',
  ...eligible.map(
    ({ node, why }) =>
      `    ${why.length === 0 ? '✓' : '✗'} ${node}${why.length === 0 ? '' : `: ${why.join(', and ')}`}`,
  ),
  ...commandLines(acts),
  'with the rights to',
  ...rightLines(),
  'nothing was written',
];
