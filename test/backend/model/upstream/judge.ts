import type { Look, Observation } from './observation.ts';
import type { Expectation, UpstreamCase } from './read.ts';

/** How far a time may be from one that upstream's frozen clock has exactly: the requests of a pass take theirs. */
const exactS = 0.5;
/** From a pod's deletion until its kubelet has ended it: assumption, podStopUs of the model. */
const endingS = 1;

const same = (found: unknown, wanted: unknown): boolean => JSON.stringify(found) === JSON.stringify(wanted);

const sorted = (list: readonly string[]): readonly string[] => [...list].sort();

const lookFor = ({ at_s, afterPass }: Expectation, { looks }: Observation): Look | undefined => {
  if (afterPass !== undefined) return looks[afterPass - 1];
  if (at_s !== undefined) return looks.findLast((look) => look.atS === at_s);
  return looks.at(-1);
};

type Say = (what: string, found: unknown, wanted: unknown) => void;

const judgeLook = (wanted: Expectation, look: Look, say: Say): void => {
  const check = (what: string, found: unknown, value: unknown): void => {
    if (value !== undefined && !same(found, value)) say(what, found, value);
  };
  if (wanted.node !== undefined) {
    const node = look.nodes[wanted.node];
    const type = wanted.condition ?? 'Ready';
    const condition = node?.conditions[type];
    const status = wanted.condition === undefined ? wanted.ready : wanted.status;
    check(`${wanted.node} ${type}`, condition?.status ?? null, status);
    check(`${wanted.node} ${type} reason`, condition?.reason, wanted.reason);
    check(`${wanted.node} ${type} heartbeat`, condition?.heartbeatS, wanted.heartbeat_s);
    check(`${wanted.node} ${type} transition`, condition?.transitionS, wanted.transition_s);
    if (wanted.taints !== undefined) check(`${wanted.node} taints`, sorted(node?.taints ?? []), sorted(wanted.taints));
  }
  for (const [zone, state] of Object.entries(wanted.zoneStates ?? {}))
    check(`zone ${zone}`, look.zoneStates[zone], state);
  check('node status updates', look.writes, wanted.writes);
  check('pod status updates', look.podStatusUpdates, wanted.podStatusUpdates);
  if (wanted.podsMarkedNotReady !== undefined)
    check('pods marked', sorted(look.marked), sorted(wanted.podsMarkedNotReady));
  if (wanted.evicts !== undefined) check('anything evicted', look.evicted.length > 0, wanted.evicts);
  if (wanted.evicted !== undefined) check('pods evicted', sorted(look.evicted), sorted(wanted.evicted));
};

const judgeTaints = ({ node = '', has = [], at_s, afterPass }: Expectation, seen: Observation, say: Say): void => {
  const isTimed = at_s !== undefined || afterPass !== undefined;
  const taints = isTimed
    ? (lookFor({ at_s, afterPass }, seen)?.nodes[node]?.taints ?? [])
    : (seen.taintsSeen[node] ?? []);
  for (const taint of has) if (!taints.includes(taint)) say(`${node} taints`, taints, taint);
};

const judgeDeletions = (wanted: Expectation, { deletedS, looks }: Observation, say: Say): void => {
  const untilS = wanted.until_s ?? looks.at(-1)?.atS ?? 0;
  if (wanted.deleted !== undefined) {
    for (const [pod, atS] of Object.entries(wanted.deleted)) {
      const found = deletedS[pod];
      if (found === undefined || Math.abs(found - atS) > exactS) say(`${pod} deleted`, found ?? 'never', atS);
    }
    for (const [pod, atS] of Object.entries(deletedS)) {
      if (wanted.deleted[pod] === undefined && atS <= untilS) say(`${pod} deleted`, atS, 'never');
    }
  }
  const within = (pod: string, atS: number, boundS: number): void => {
    if (!(atS <= boundS)) say(`${pod} gone or deleted`, atS, `within ${boundS} s`);
  };
  const deletion = (pod: string): number => deletedS[pod] ?? Number.POSITIVE_INFINITY;
  for (const [pod, boundS] of Object.entries(wanted.deletedWithin_s ?? {})) within(pod, deletion(pod), boundS);
  for (const [pod, boundS] of Object.entries(wanted.goneWithin_s ?? {})) within(pod, deletion(pod) + endingS, boundS);
  for (const [pod, boundS] of Object.entries(wanted.notDeletedBefore_s ?? {})) {
    if (deletion(pod) < boundS) say(`${pod} deleted`, deletion(pod), `not before ${boundS} s`);
  }
};

const judgeTolerations = (given: UpstreamCase, wanted: Expectation, { tolerations }: Observation, say: Say): void => {
  const seconds = wanted.tolerationKept_s ?? wanted.tolerationByAdmission_s;
  if (seconds === undefined) return;
  const [name = ''] = (given.pods ?? []).map((pod) => pod.name);
  const found = tolerations?.[name]?.['node.kubernetes.io/not-ready'];
  if (found !== seconds) say(`${name} toleration of not-ready`, found, seconds);
};

const judgeLeaseReads = ({ liveLeaseGETs, then }: Expectation, { leaseReadsS }: Observation, say: Say): void => {
  if (liveLeaseGETs === undefined) return;
  const [firstS] = leaseReadsS;
  const atOnce = leaseReadsS.filter((atS) => atS - (firstS ?? 0) <= exactS).length;
  if (atOnce !== liveLeaseGETs) say('leases read live', atOnce, liveLeaseGETs);
  if (then === undefined) return;
  const more = leaseReadsS.filter((atS) => atS - (firstS ?? 0) <= then.in_s).length - atOnce;
  if (more !== then.more) say(`leases read live in the next ${then.in_s} s`, more, then.more);
};

/** @returns a line for each expectation that was not met, with what was found */
export const judge = (given: UpstreamCase, seen: Observation): readonly string[] => {
  const unmet: string[] = [];
  for (const [index, wanted] of given.expect.entries()) {
    const say: Say = (what, found, value) =>
      unmet.push(`expect[${index}] ${what}: expected ${JSON.stringify(value)}, found ${JSON.stringify(found)}`);
    const look = lookFor(wanted, seen);
    if (look === undefined) say('look', 'none', { at_s: wanted.at_s, afterPass: wanted.afterPass });
    else judgeLook(wanted, look, say);
    judgeTaints(wanted, seen, say);
    judgeDeletions(wanted, seen, say);
    judgeTolerations(given, wanted, seen, say);
    judgeLeaseReads(wanted, seen, say);
  }
  return unmet;
};
