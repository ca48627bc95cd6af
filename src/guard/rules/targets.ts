import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import { optIn, runLabelOf } from '../names.ts';
import type { ClusterSurvey, SurveyedNode } from '../survey/survey.ts';
import { unexplainedChanges } from './changes.ts';
import { clusterObstacles, inUse, unknownSelf } from './cluster.ts';
import { type NodeChoice, selects } from './selector.ts';

/** Of a zone's nodes, those that may be hit at once. */
const maxShareOfZone = 0.1;
/** Of a zone's nodes, those that have to stay Ready. The controller's own bound is on those that are not: 55 %. */
const minReadyShareOfZone = 0.55;

/** Shares are compared as integers: 0.1 × 30 is more than 3 in floating point. */
const percent = (share: number): number => Math.round(share * 100);

const zoneText = (zone: string): string => (zone === '' ? 'the nodes without a zone' : `zone ${zone}`);

type ZoneRoom = {
  readonly zone: string;
  /** Nodes in it, control planes too: so the node lifecycle controller counts them. */
  readonly nodes: number;
  /** How many of them may be hit at once. */
  readonly room: number;
  /** Why it is no more, in words. */
  readonly why: string;
};

/**
 * How many nodes of each zone may be hit at once: a tenth of them, or one where a tenth is less, and never so many that
 * less than 55 % of them are left Ready. So none of a zone of two, for 50 % would be left; one of three, for 67 % are.
 * Zones are those of the node lifecycle controller, which counts all nodes, of the control plane too. Pure.
 * @see k8s.io/kubernetes pkg/controller/nodelifecycle, ComputeZoneState
 */
export const zoneRooms = (nodes: readonly SurveyedNode[]): readonly ZoneRoom[] =>
  [...Map.groupBy(nodes, ({ zone }) => zone)].map(([zone, inside]) => {
    const count = inside.length;
    const ready = inside.filter((node) => node.ready === 'True').length;
    const byTenth = Math.max(1, Math.floor((count * percent(maxShareOfZone)) / 100));
    const byReady = Math.max(0, Math.floor(ready - (count * percent(minReadyShareOfZone)) / 100));
    const room = Math.min(byTenth, byReady);
    const has = `${zoneText(zone)}: ${counted(count, 'node')}, ${ready} Ready`;
    const why =
      byReady < byTenth
        ? `${has}, of which at least 55 % have to stay Ready: ${byReady} may be hit`
        : `${has}, of which a tenth, at least one, may be hit at once: ${byTenth}`;
    return { zone, nodes: count, room, why };
  });

/** Whether one node may be hit. */
export type Eligibility = {
  readonly node: string;
  /** Why not, each a part of a sentence; none: it may be. */
  readonly why: readonly string[];
};

const runsUs = ({ self }: ClusterSurvey, { name, addresses }: SurveyedNode): boolean =>
  self.node === name || [name, ...addresses].some((each) => each === self.host || self.addresses.includes(each));

const judge = (survey: ClusterSurvey, node: SurveyedNode, isNamed: boolean): Eligibility => {
  const isAllowed = node.labels[optIn.label] === optIn.value;
  return {
    node: node.name,
    why: [
      ...(node.controlPlane === null ? [] : [`is of the control plane: ${node.controlPlane}`]),
      ...(runsUs(survey, node) ? ['runs this very process'] : []),
      ...(node.os === 'linux' ? [] : [node.os === null ? 'does not say its operating system' : `runs ${node.os}`]),
      ...(node.ready === 'True' ? [] : ['is not Ready']),
      ...(isAllowed || isNamed ? [] : [`is not named, and does not bear ${optIn.label}=${optIn.value}`]),
    ],
  };
};

/** Every node of a cluster, and whether a selector alone may choose it. Pure. */
export const eligibleNodes = (survey: ClusterSurvey): readonly Eligibility[] =>
  survey.nodes.map((node) => judge(survey, node, false));

export type TargetOptions = {
  readonly choice: NodeChoice;
  /** How many nodes the scenario hits at once. */
  readonly wanted: number;
  /** `--max-nodes`. */
  readonly maxNodes: number;
};

/** In the order of their names, and no more of a zone than it has room for. */
const pick = (survey: ClusterSurvey, candidates: readonly SurveyedNode[], wanted: number) => {
  const room = new Map(zoneRooms(survey.nodes).map((each) => [each.zone, each.room]));
  const targets: string[] = [];
  for (const { name, zone } of [...candidates].sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const left = room.get(zone) ?? 0;
    if (targets.length === wanted || left === 0) continue;
    room.set(zone, left - 1);
    targets.push(name);
  }
  return targets;
};

/** What is in the way of these nodes, and which they would be. */
const findTargets = (survey: ClusterSurvey, { choice, wanted, maxNodes }: TargetOptions) => {
  const isNamed = 'names' in choice;
  const chosen = survey.nodes.filter((node) => selects(choice, node));
  const judged = chosen.map((node) => judge(survey, node, isNamed));
  const candidates = chosen.filter((_, index) => judged[index]?.why.length === 0);
  const targets = pick(survey, candidates, wanted);
  const obstacles: string[] = [];
  const unknown = isNamed ? choice.names.filter((name) => !chosen.some((node) => node.name === name)) : [];
  if (unknown.length > 0) obstacles.push(`expected nodes of this cluster, found no ${unknown.join(', ')}`);
  if (!isNamed && chosen.length === 0) obstacles.push('expected a node with those labels, found none');
  if (!isNamed && chosen.length > 0 && candidates.length < wanted) {
    obstacles.push(
      `expected ${counted(wanted, 'node')} that may be hit, found ${candidates.length} of ${chosen.length} with those labels`,
    );
  }
  if (wanted > maxNodes)
    obstacles.push(`expected at most --max-nodes ${maxNodes}, and the scenario hits ${counted(wanted, 'node')}`);
  if (isNamed && choice.names.length !== wanted) {
    obstacles.push(
      `expected as many names as the scenario hits, ${counted(wanted, 'node')}, found ${choice.names.length}`,
    );
  }
  // Of named nodes every one is to be hit; of selected ones those that may not be are passed over, where others are.
  if (isNamed || candidates.length < wanted) {
    for (const { node, why } of judged) if (why.length > 0) obstacles.push(`${node} ${why.join(', and ')}`);
  }
  if (candidates.length >= wanted && targets.length < wanted) {
    const zones = new Set(candidates.map(({ zone }) => zone));
    obstacles.push(...zoneRooms(survey.nodes).flatMap(({ zone, why }) => (zones.has(zone) ? [why] : [])));
  }
  return { targets, obstacles, isLabelMissing: !isNamed && candidates.length < wanted, first: chosen[0]?.name ?? null };
};

/**
 * The nodes that a fault may hit, by name: those that were asked for, by all rules together. Pure.
 * @throws SkipbeatError TARGETS_REFUSED (exit 75) with everything that is in the way
 */
export const chooseTargets = (survey: ClusterSurvey, options: TargetOptions): readonly string[] => {
  const { targets, obstacles, isLabelMissing, first } = findTargets(survey, options);
  const all = [...clusterObstacles(survey), ...obstacles];
  if (all.length === 0) return targets;
  const named = contextText(survey);
  const isHeld = survey.holder?.isLive === true;
  const isLeft = survey.unfinished.length > 0 || survey.holder?.isLive === false;
  const next = isHeld
    ? 'wait until the run that holds the cluster has ended'
    : isLeft
      ? skipbeat(`cleanup ${named}`)
      : isLabelMissing && first !== null
        ? `kubectl ${named} label node ${first} ${optIn.label}=${optIn.value}   (where its owner agrees)`
        : `kubectl ${named} get nodes --label-columns ${optIn.label}`;
  const list = all.map((each) => `  - ${each}`).join('\n');
  throw new SkipbeatError(
    'TARGETS_REFUSED',
    `${survey.clusterName}: expected a cluster in which a fault may be made, found ${all.length === 1 ? 'this' : `${all.length} things`} in the way:\n${list}`,
    { exitCode: exitCodes.environment, next },
  );
};

export type ChosenTargets = {
  /** By name. */
  readonly targets: readonly string[];
  /** By what they were chosen; null: no node was. */
  readonly choice: NodeChoice | null;
  /** On which a fault of this run stands or has stood: that they are not Ready is its doing. */
  readonly hit: readonly string[];
  /** That holds the cluster by now, and has entries of its own in the journal; null: none does. */
  readonly run: string | null;
};

/** What is in the way of the nodes that were chosen, by now: sentences, none where nothing is. Pure. */
export const lateObstacles = (
  before: ClusterSurvey,
  now: ClusterSurvey,
  { targets, choice, hit, run }: ChosenTargets,
): readonly string[] => {
  const own = run === null ? null : runLabelOf(run);
  const { holder, unfinished } = now;
  const others = {
    holder: holder?.run === own ? null : holder,
    unfinished: unfinished.filter((each) => each !== own),
  };
  const nodes = now.nodes.map((node) => (hit.includes(node.name) ? { ...node, ready: 'True' as const } : node));
  const chosen = nodes.filter(({ name }) => targets.includes(name));
  // Of what is judged of a node everything else is among the changes.
  const judged = chosen.flatMap((node) => [
    ...(runsUs(now, node) ? [`${node.name} runs this very process`] : []),
    ...(node.os === 'linux' ? [] : [`${node.name} is not known to run linux any more`]),
  ]);
  const full = zoneRooms(nodes).filter(({ zone, room }) => chosen.filter((node) => node.zone === zone).length > room);
  return [
    ...unexplainedChanges(before, now, { hit, targets, choice }),
    ...unknownSelf(now),
    ...inUse(others),
    ...judged,
    ...full.map(({ why }) => why),
  ];
};

/**
 * Asks once more whether a fault may be made on nodes that were chosen some time ago. Pure.
 * @throws SkipbeatError TARGETS_REFUSED (exit 75) with everything that is in the way by now
 */
export const assertStillTargets = (before: ClusterSurvey, now: ClusterSurvey, chosen: ChosenTargets): void => {
  const all = lateObstacles(before, now, chosen);
  if (all.length === 0) return;
  // On one line: a run keeps the first one of what ended it.
  throw new SkipbeatError(
    'TARGETS_REFUSED',
    `${before.clusterName}: expected ${chosen.targets.join(', ')} as when the nodes were chosen, for a fault was about to begin there, found ${all.join('; ')}. It was not begun.`,
    {
      exitCode: exitCodes.environment,
      next: `kubectl ${contextText(before)} get nodes --show-labels   (what changed, and by whom?), then run again`,
    },
  );
};
