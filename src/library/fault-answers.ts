import { formatDuration } from '../common/duration.ts';
import { countedGrouped } from '../common/text/counted.ts';
import { lateRecoveries, listText, nodeList, type RunDocument } from '../verdict/index.ts';
import { type Answer, durationOf, no, ofEach, unknown, whyUnknown, yes } from './answer.ts';
import { faultGroups, mayCost, recoveryTimes } from './recovery-times.ts';

const text = (ms: number): string => formatDuration(Math.round(ms));

const within = (what: string, ms: number, limitMs: number): Answer => {
  const found = `${what} after ${text(ms)}`;
  return ms <= limitMs ? yes(found) : no(found);
};

/** A node, and when the first of the faults began that may cost it; null where there is none, or it is not on record. */
type Node = RunDocument['nodes']['byNode'][string] & {
  readonly node: string;
  readonly hitMs: number | null;
};

const nodesOf = ({ nodes, faults }: RunDocument): readonly Node[] =>
  Object.entries(nodes.byNode).map(([node, figures]) => {
    const own = faults.filter((fault) => fault.startMs !== null && mayCost(fault, node));
    return {
      ...figures,
      node,
      hitMs: own.length === 0 ? null : Math.min(...own.map(({ startMs }) => Number(startMs))),
    };
  });

/** Whether a run lost nodes that no fault had hit, so that any loss may be of that kind. */
const losesByItself = ({ nodes: { notReadyTransitionsBeforeFault } }: RunDocument, nodes: readonly Node[]): boolean =>
  notReadyTransitionsBeforeFault !== 0 ||
  nodes.some(({ hitMs, firstNotReadyMs }) => firstNotReadyMs !== null && (hitMs === null || firstNotReadyMs < hitMs));

/** Why it is not known whether a node that a fault hit was lost by it; null where it is. */
const whyUndecided = (run: RunDocument, { node, hitMs, ...figures }: Node): string | null => {
  const { firstNotReadyMs, lastReadyMs, notReadyTransitions, notReadySeconds } = figures;
  if (hitMs === null) return null;
  if (firstNotReadyMs === null) {
    const figure = `nodes.byNode.${node}.firstNotReadyMs`;
    const why = whyUnknown(run, figure);
    if (why !== null) return `${figure} is not known: ${why}`;
    const isStillLost = notReadySeconds !== 0 && run.nodes.unrecovered !== 0;
    return lastReadyMs !== null || isStillLost ? `${node} was NotReady already when the fault began` : null;
  }
  return firstNotReadyMs < hitMs && notReadyTransitions !== 1
    ? `${node} was NotReady several times, at first before a fault hit it, and the next time is not on record`
    : null;
};

/** In words, which nodes were lost that no fault had hit. */
const othersText = (others: readonly Node[], faultStartMs: number): string => {
  const firstMs = Math.min(...others.map(({ firstNotReadyMs }) => firstNotReadyMs ?? Number.POSITIVE_INFINITY));
  const was = others.length === 1 ? 'was' : 'were';
  return `${nodeList(others.map(({ node }) => node))} ${was}, after ${text(firstMs - faultStartMs)}, and no fault had hit ${others.length === 1 ? 'it' : 'them'}`;
};

const detection = (run: RunDocument, faultStartMs: number, limitMs: number): Answer => {
  const nodes = nodesOf(run);
  const targets = [...new Set(run.faults.flatMap((fault) => fault.targets))];
  const unseen = targets.filter((node) => !Object.hasOwn(run.nodes.byNode, node));
  const byItself = losesByItself(run, nodes);
  const lost = nodes.flatMap((one) => (one.firstNotReadyMs === null ? [] : [{ ...one, lostMs: one.firstNotReadyMs }]));
  const hit = lost.filter(({ hitMs, lostMs }) => hitMs !== null && lostMs >= hitMs);
  const doubtful = byItself ? hit : [];
  const [first] = hit
    .filter((one) => !doubtful.includes(one))
    .toSorted((one, other) => one.lostMs - other.lostMs)
    .map(({ node, lostMs }) => within(`${node} was NotReady`, lostMs - faultStartMs, limitMs));
  if (first?.answer === 'yes') return first;
  const undecided = [
    ...unseen.map((node) => `${node} was not seen`),
    ...doubtful.map(
      ({ node, lostMs }) =>
        `${node} was NotReady after ${text(lostMs - faultStartMs)}, in a run that loses nodes by itself`,
    ),
    ...nodes.flatMap((node) => whyUndecided(run, node) ?? []),
  ];
  if (undecided.length > 0) return unknown(undecided.join('; '));
  if (first !== undefined) return first;
  return no(
    lost.length === 0
      ? 'no node became NotReady'
      : `no node that a fault hit became NotReady; ${othersText(lost, faultStartMs)}`,
  );
};

/**
 * Whether the first node that a fault hit became NotReady so soon after the first fault began. Where a fault hits the control
 * plane that may be any node; else the loss of a node that none targets is no detection. Where a run loses nodes by itself, one that
 * is lost only after the undo may be lost so.
 */
export const detectsWithin = (judged: unknown, duration: string): Answer => {
  const limitMs = durationOf(duration);
  const ask = (run: RunDocument): Answer => {
    const { faultStartMs, firstNotReadyMs } = run.timing;
    if (run.faults.length === 0) return unknown('the scenario has no fault that could be detected');
    if (faultStartMs === null) return unknown('no fault began');
    const why = firstNotReadyMs === null ? whyUnknown(run, 'timing.firstNotReadyMs') : null;
    return why === null
      ? detection(run, faultStartMs, limitMs)
      : unknown(`timing.firstNotReadyMs is not known: ${why}`);
  };
  return ofEach(judged, ask, () => true);
};

/** Of a run that lost no node since the first fault. */
const noneLost = ({ nodes: { notReadyTransitionsBeforeFault: before } }: RunDocument): Answer => {
  if (before === 0) return yes('no node was NotReady');
  const early =
    before === null
      ? 'what was before it is not known'
      : `before it nodes were ${countedGrouped(before, 'time')}, by no fault`;
  return yes(`no node was NotReady since the first fault began; ${early}`);
};

const recovery = (run: RunDocument, limitMs: number): Answer => {
  const groups = faultGroups(run.faults);
  const times = groups === null ? null : recoveryTimes(run, groups);
  const max = times?.toSorted((one, other) => other.minMs - one.minMs || other.maxMs - one.maxMs)[0];
  if (groups === null || times === null || max === undefined)
    return unknown('it is not on record when the fault ended and the last node was Ready');
  const of = (undoneMs: number): string =>
    groups.length === 1 ? '' : `, counted from the undo at ${text(undoneMs)} of the run`;
  if (max.minMs > limitMs) {
    return no(
      max.hitAgain
        ? `${max.node} was not Ready again when it was hit anew, ${text(max.minMs)} after the undo at ${text(max.undoneMs)} of the run`
        : `${max.node} was Ready again after ${text(max.minMs)}${of(max.undoneMs)}`,
    );
  }
  const open = times.filter(({ maxMs }) => maxMs > limitMs);
  if (open.length > 0) {
    const nodes = nodeList([...new Set(open.map(({ node }) => node))]);
    const undos = [...new Set(open.map(({ undoneMs }) => text(undoneMs)))];
    return unknown(
      `of ${nodes}, NotReady several times, only the last return is on record, not that after the undo at ${listText(undos)} of the run`,
    );
  }
  return yes(`the last node was Ready again after ${text(Math.max(...times.map(({ maxMs }) => maxMs)))}`);
};

/**
 * Whether every node was Ready again so soon after each fault, or faults that stood together, was undone; at once where none
 * ever was NotReady.
 */
export const recoversWithin = (judged: unknown, duration: string): Answer => {
  const limitMs = durationOf(duration);
  return ofEach(judged, (run) => {
    const { unrecovered, notReadyTransitions } = run.nodes;
    if (run.faults.length === 0) return unknown('the scenario has no fault to recover from');
    if (unrecovered === null || unrecovered === undefined || notReadyTransitions === null) {
      const figure = notReadyTransitions === null ? 'nodes.notReadyTransitions' : 'nodes.unrecovered';
      return unknown(`${figure} is not known: ${whyUnknown(run, figure) ?? 'it was not measured'}`);
    }
    const [late] = lateRecoveries(run.steps);
    if (late !== undefined) return no(late);
    if (unrecovered > 0) return no(`${countedGrouped(unrecovered, 'node was', 'nodes were')} not Ready at the end`);
    const blind = run.unknown?.find(({ figure }) => figure === 'timing.lastReadyMs');
    if (blind !== undefined) return unknown(`timing.lastReadyMs is not known: ${blind.why}`);
    return notReadyTransitions === 0 && run.timing.lastReadyMs === null ? noneLost(run) : recovery(run, limitMs);
  });
};
