import { stringify } from 'yaml';
import { assertChaosMeshCan, type Injector, injectWithinMs, type PreparedAct } from '../../agent/index.ts';
import type { ClusterAccess } from '../../cluster/index.ts';
import { formatDuration } from '../../common/duration.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import {
  type ClusterSurvey,
  chaosMeshObstacles,
  type NetworkChaos,
  networkChaosOf,
  runLabelOf,
} from '../../guard/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { refused } from './adapt.ts';

/** In place of what only the node knows. */
const unknownDevice = 'DEVICE';

/**
 * Refuses faults that NetworkChaos has not, and such as Chaos Mesh would end before their time.
 * @throws SkipbeatError CHAOS_MESH_REFUSED, SCENARIO_NOT_FOR_CONTEXT (exit 64)
 */
export const assertForInjector = (
  scenario: Scenario,
  { phases }: Pick<Plan, 'phases'>,
  { injector, maxMs }: { readonly injector: Injector; readonly maxMs: number },
): void => {
  if (injector === 'agent') return;
  for (const fault of phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []))) {
    assertChaosMeshCan(fault);
    for (const { id, startMs, endMs } of fault.occurrences) {
      const lastsMs = endMs - startMs + injectWithinMs;
      if (lastsMs <= maxMs) continue;
      throw refused(
        scenario,
        `with --injector chaos-mesh ${id} may begin up to ${formatDuration(injectWithinMs)} late, so that its object lasts ${formatDuration(lastsMs)}, and --max-duration is ${formatDuration(maxMs)}`,
      );
    }
  }
};

/**
 * What Chaos Mesh is asked for in the place of each act, as far as it is known before the nodes are asked; none where agents make the faults, or where the
 * cluster names no API server that Chaos Mesh could be asked about. Pure.
 */
export const networkChaosObjects = (
  acts: readonly PreparedAct[],
  { apiServerPlaces }: Pick<ClusterSurvey, 'apiServerPlaces'>,
  run: string,
): readonly NetworkChaos[] =>
  acts.flatMap(({ act, networkChaos }) => {
    if (networkChaos === null) return [];
    const known = apiServerPlaces.filter(({ address }) => !address.includes(':'));
    if (known.length === 0) return [];
    const lines = known.map(({ address, port }) => `${address} ${port}`);
    const action = networkChaos([unknownDevice, ...lines].join('\n'));
    const durationMs = act.lengthMs + injectWithinMs;
    return [networkChaosOf(action, { id: act.id, run: runLabelOf(run), pod: `act-${act.id}`, durationMs })];
  });

/** The objects, for a person to read before he agrees. Pure. */
export const chaosMeshText = (objects: readonly NetworkChaos[]): readonly string[] =>
  objects.length === 0
    ? []
    : [
        `Chaos Mesh is asked for each fault by a NetworkChaos; ${unknownDevice} is the node's own towards the API servers, which the node reads, and the server that its kubelet asks is one of externalTargets, too:`,
        ...objects.flatMap((object) =>
          ['---', ...stringify(object).trimEnd().split('\n')].map((line) => `      ${line}`),
        ),
        'Chaos Mesh takes away, when it ends, the queue at the root of every device of the node: a node with another than the kernel gave is refused',
      ];

/**
 * Asks the cluster whether Chaos Mesh is there and would be let do it; writes nothing.
 * @returns what of it is not known, in words
 * @throws SkipbeatError CHAOS_MESH_REFUSED (exit 75) with everything in the way; API_UNREACHABLE, CREDENTIALS_REFUSED, RIGHT_MISSING (75)
 */
export const askChaosMesh = async (
  access: ClusterAccess,
  objects: readonly NetworkChaos[],
  { apiServerPlaces }: Pick<ClusterSurvey, 'apiServerPlaces'>,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const found = await chaosMeshObstacles(access, objects, signal);
  const known = apiServerPlaces.map(({ address }) => address);
  const problems = [
    ...(objects.length === 0 && known.length > 0
      ? [`expected API servers with IPv4 addresses, which are all that Chaos Mesh knows, found ${known.join(', ')}`]
      : []),
    ...found.problems,
  ];
  if (problems.length === 0) {
    const isUnknown = objects.length === 0;
    const what = 'the cluster names no API server: which ones Chaos Mesh is asked about is known to the node alone';
    return [...(isUnknown ? [what] : []), ...found.unknown];
  }
  throw new SkipbeatError(
    'CHAOS_MESH_REFUSED',
    `--injector chaos-mesh: nothing was written, for\n${problems.map((one) => `  - ${one}`).join('\n')}`,
    {
      exitCode: exitCodes.environment,
      next: 'leave --injector out: agents make the same fault, and undo it by themselves',
    },
  );
};
