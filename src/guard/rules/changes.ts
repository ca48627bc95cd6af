import { optIn } from '../names.ts';
import type { ClusterSurvey, SurveyedNode } from '../survey/survey.ts';
import { leavingTaints, namesText } from './cluster.ts';
import { type NodeChoice, unmet } from './selector.ts';

/** What of a cluster changes who is hit, or tells that somebody is at work on it. */
type Seen = Pick<ClusterSurvey, 'uid' | 'nodes'>;

type Taint = SurveyedNode['taints'][number];

const namesOf = ({ nodes }: Seen): readonly string[] => nodes.map(({ name }) => name);

/** By the run: which nodes its faults are on, and which it is to hit at all. */
type OfRun = {
  /** On which a fault stands or has stood. */
  readonly hit: readonly string[];
  /** That were chosen. */
  readonly targets: readonly string[];
  /** By what; null: by nothing. */
  readonly choice: NodeChoice | null;
};

const isAllowed = ({ labels }: SurveyedNode): boolean => labels[optIn.label] === optIn.value;

const zoneText = (zone: string): string => (zone === '' ? 'none' : zone);

/** The opt-in label has words of its own. */
const unmetText = (choice: NodeChoice, node: SurveyedNode): string =>
  unmet(choice, node)
    .filter(({ label }) => label !== optIn.label)
    .map(({ label, isEqual, value }) => `${label}${isEqual ? '=' : '!='}${value}`)
    .join(',');

/** What of a node that was chosen is no more as it was then: each a part of a sentence. */
const targetChanges = (was: SurveyedNode, is: SurveyedNode, choice: NodeChoice | null): readonly string[] => [
  ...(isAllowed(was) && !isAllowed(is) ? [`${is.name} withdrew its consent, ${optIn.label}=${optIn.value}`] : []),
  ...(choice === null || unmetText(choice, is) === ''
    ? []
    : [`${is.name} is none of --nodes ${unmetText(choice, is)} any more`]),
  ...(was.controlPlane === null && is.controlPlane !== null
    ? [`${is.name} is of the control plane now (${is.controlPlane})`]
    : []),
  ...(was.zone === is.zone ? [] : [`${is.name} changed its zone, from ${zoneText(was.zone)} to ${zoneText(is.zone)}`]),
];

/**
 * What happened between two looks at a cluster that no fault explains: another cluster, nodes that came, went or were made
 * anew, a cordon, another kubelet, nodes that are not Ready but for those which a fault is on, and of the nodes that were chosen
 * what made them so. Pure.
 */
export const unexplainedChanges = (before: Seen, now: Seen, { hit, targets, choice }: OfRun): readonly string[] => {
  if (before.uid !== now.uid) return [`another cluster: kube-system has the UID ${now.uid}, and had ${before.uid}`];
  const was = new Map(before.nodes.map((node) => [node.name, node]));
  const names = new Set(namesOf(now));
  const gone = namesOf(before).filter((name) => !names.has(name));
  const joined = now.nodes.filter(({ name, uid }) => was.get(name)?.uid !== uid).map(({ name }) => name);
  const cordoned = now.nodes.filter((node) => node.unschedulable && was.get(node.name)?.unschedulable === false);
  const leaving = now.nodes.filter(({ name, isDeleting, taints }) => {
    const earlier = was.get(name)?.taints ?? [];
    // One that was there before was no obstacle then.
    const isNew = ({ key, value }: Taint): boolean => !earlier.some((each) => each.key === key && each.value === value);
    return isDeleting || taints.some((taint) => leavingTaints.includes(taint.key) && isNew(taint));
  });
  const upgraded = now.nodes.filter((node) => {
    const earlier = was.get(node.name);
    return earlier !== undefined && earlier.kubeletVersion !== node.kubeletVersion;
  });
  const lost = now.nodes.filter(({ name, ready }) => ready !== 'True' && !hit.includes(name));
  const changes: readonly (readonly [what: string, names: readonly string[]])[] = [
    ['nodes that are gone', gone],
    ['nodes that joined or were made anew', joined],
    ['cordoned nodes', namesOf({ ...now, nodes: cordoned })],
    ['nodes that are being taken away', namesOf({ ...now, nodes: leaving })],
    ['kubelets of another version', namesOf({ ...now, nodes: upgraded })],
    ['nodes that are not Ready, on which no fault is', namesOf({ ...now, nodes: lost })],
  ];
  return [
    ...changes.flatMap(([what, those]) => (those.length === 0 ? [] : [`${what}: ${namesText(those)}`])),
    ...now.nodes.flatMap((node) => {
      const earlier = targets.includes(node.name) ? was.get(node.name) : undefined;
      return earlier === undefined ? [] : targetChanges(earlier, node, choice).map((change) => `that ${change}`);
    }),
  ];
};
