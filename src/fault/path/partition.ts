import { type CommandResult, succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { counted } from '../../common/text/counted.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import { type Attestation, type FaultKindOf, type NodeFault, unreadable, type Verifier } from '../fault.ts';
import { withHollowPart } from '../hollow.ts';
import type { Argv } from '../netem/commands.ts';
import { inTurn } from '../netem/scripts.ts';
import { containerOf, pasteable } from '../simple.ts';
import { hollowPartition } from './hollow/partition.ts';
import { type Isolation, isolationRules, unreachableFrom } from './isolation-rules.ts';
import { removal, verifyRulesRemoved } from './leftovers.ts';
import { unknownSurvey } from './placeholders.ts';
import { insertCommand, listingCommand, type Marked, marked, markOf, removeCommand } from './rules.ts';
import { type NetworkSurvey, type Place, surveyNetwork } from './survey.ts';

const timeoutMs = 30_000;
/** As long as a canary tries to connect: a handshake in the engine's network takes well below a millisecond. */
const canaryMs = { max: 1000, min: 300 } as const;
/** The rules are listed after the canaries. */
const listMs = 300;

/** One request on a connection of its own; curl(1) tells by its exit code why it got no answer. */
const canaryCommand = (node: string, { ipv4, port }: Place, forMs: number): NodeCommand => ({
  node,
  argv: [
    ...(['curl', '--silent', '--show-error', '--insecure', '--noproxy', '*', '--output', '/dev/null'] as const),
    ...['--max-time', String(forMs / 1000), `https://${ipv4}:${port}/version`],
  ],
  timeoutMs,
});

/** Exit codes of curl(1): could not connect; timed out; TLS was broken off; the connection was reset. */
const isolationCodes: ReadonlyMap<number, string> = new Map([
  [7, 'refused'],
  [28, 'not answered'],
  [35, 'broken off'],
  [56, 'reset'],
]);

const canaryText = (result: CommandResult): string =>
  succeeded(result) ? 'answered' : (isolationCodes.get(result.exitCode ?? -1) ?? failureLine(result));

/** Whether a node is cut off: all rules stand, every canary failed as one does that cannot get through, and packets were met. */
export const judgeIsolation = (
  rules: number,
  seen: Pick<Marked, 'rules' | 'packets'>,
  canaries: readonly (readonly [string, CommandResult])[],
): Attestation => {
  const met = [...seen.packets].filter(([, count]) => count > 0).map(([chain, count]) => `${chain} ${count}`);
  const answers = canaries.map(([name, result]) => `canary to ${name} ${canaryText(result)}`);
  const stopped = `packets stopped: ${met.join(', ') || 'none'}`;
  const evidence = [`${seen.rules} of ${counted(rules, 'rule')}`, stopped, ...answers].join('; ');
  const isolation = canaries.every(
    ([, result]) => result.ended === 'exited' && result.exitCode !== null && isolationCodes.has(result.exitCode),
  );
  return { state: seen.rules === rules && met.length > 0 && isolation ? 'present' : 'absent', evidence };
};

const verify =
  (survey: NetworkSurvey, isolation: Isolation, mark: string): Verifier =>
  async (exec, signal, withinMs) => {
    const node = survey.container;
    const forMs = Math.max(canaryMs.min, Math.min(canaryMs.max, (withinMs ?? Number.POSITIVE_INFINITY) - listMs));
    const canaries = await Promise.all(
      unreachableFrom(survey).map(
        async (place) => [place.ipv4, await exec(canaryCommand(node, place, forMs), signal)] as const,
      ),
    );
    const listed = await exec({ node, argv: listingCommand, timeoutMs }, signal);
    if (!succeeded(listed)) return unreadable(listed, failureLine(listed));
    return judgeIsolation(isolationRules(survey, isolation).length, marked(listed.stdout, mark), canaries);
  };

const withoutPeer = (container: string): SkipbeatError =>
  new SkipbeatError(
    'PARTITION_WITHOUT_PEER',
    `partition of ${container}: expected a control plane on another node, found none.`,
    { exitCode: exitCodes.usage, next: 'choose workers as the target' },
  );

const insertions = (survey: NetworkSurvey, isolation: Isolation, mark: string): readonly Argv[] =>
  isolationRules(survey, isolation).map((rule) => insertCommand(rule, mark));

/**
 * Cuts a node off from the control planes by packet filter rules in the node, one way or both. Connections that stand
 * are cut as well: each packet meets the rules. A node of two address families is cut off in both.
 */
const onNodes: FaultKindOf<'partition'> = {
  prepare: async (fault: PlannedFaultOf<'partition'>, site, signal) => {
    const mark = markOf(site.run, fault.id);
    const nodes = await Promise.all(
      fault.targets.map(async (node): Promise<NodeFault> => {
        const container = containerOf(site, node);
        const survey = await surveyNetwork(container, site, signal);
        if (unreachableFrom(survey).length === 0) throw withoutPeer(container);
        return {
          node: container,
          apply: { node: container, argv: inTurn(insertions(survey, fault, mark)), timeoutMs },
          undo: removal(container, mark, null, survey.listing),
          attest: verify(survey, fault, mark),
        };
      }),
    );
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: verifyRulesRemoved,
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const mark = markOf('RUN', fault.id);
      const shown = (argv: Argv): string => pasteable({ node: container(node), argv, timeoutMs });
      return {
        node,
        apply: insertions(unknownSurvey(container(node)), fault, mark).map(shown),
        undo: [shown(removeCommand(mark, null))],
      };
    }),
};

/** The same on hollow nodes: between the relay of each group and its API server. */
export const partition = withHollowPart('partition', onNodes, hollowPartition);
