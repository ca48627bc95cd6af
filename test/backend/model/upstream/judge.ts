import type { Observation, Probe } from './observation.ts';
import type { Expectation, UpstreamCase } from './read.ts';

/** How far a time may be from one that upstream's frozen clock has exactly: the requests of a pass take theirs. */
const exactS = 0.5;
/** From a pod's deletion until its kubelet has ended it: assumption, podStopUs of the model. */
const endingS = 1;

const same = (found: unknown, wanted: unknown): boolean => JSON.stringify(found) === JSON.stringify(wanted);

const sorted = (list: readonly string[]): readonly string[] => [...list].sort();

const probeFor = ({ at_s, afterPass }: Expectation, { probes }: Observation): Probe | undefined => {
  if (afterPass !== undefined) return probes[afterPass - 1];
  if (at_s !== undefined) return probes.findLast((probe) => probe.atS === at_s);
  return probes.at(-1);
};

type Report = (what: string, found: unknown, wanted: unknown) => void;

const judgeProbe = (wanted: Expectation, probe: Probe, report: Report): void => {
  const check = (what: string, found: unknown, value: unknown): void => {
    if (value !== undefined && !same(found, value)) report(what, found, value);
  };
  if (wanted.node !== undefined) {
    const node = probe.nodes[wanted.node];
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
    check(`zone ${zone}`, probe.zoneStates[zone], state);
  check('node status updates', probe.writes, wanted.writes);
  check('pod status updates', probe.podStatusUpdates, wanted.podStatusUpdates);
  if (wanted.podsMarkedNotReady !== undefined)
    check('pods marked', sorted(probe.marked), sorted(wanted.podsMarkedNotReady));
  if (wanted.evicts !== undefined) check('anything evicted', probe.evicted.length > 0, wanted.evicts);
  if (wanted.evicted !== undefined) check('pods evicted', sorted(probe.evicted), sorted(wanted.evicted));
};

const judgeTaints = (
  { node = '', has = [], at_s, afterPass }: Expectation,
  seen: Observation,
  report: Report,
): void => {
  const isTimed = at_s !== undefined || afterPass !== undefined;
  const taints = isTimed
    ? (probeFor({ at_s, afterPass }, seen)?.nodes[node]?.taints ?? [])
    : (seen.taintsSeen[node] ?? []);
  for (const taint of has) if (!taints.includes(taint)) report(`${node} taints`, taints, taint);
};

const judgeDeletions = (wanted: Expectation, { deletedS, probes }: Observation, report: Report): void => {
  const untilS = wanted.until_s ?? probes.at(-1)?.atS ?? 0;
  if (wanted.deleted !== undefined) {
    for (const [pod, atS] of Object.entries(wanted.deleted)) {
      const found = deletedS[pod];
      if (found === undefined || Math.abs(found - atS) > exactS) report(`${pod} deleted`, found ?? 'never', atS);
    }
    for (const [pod, atS] of Object.entries(deletedS)) {
      if (wanted.deleted[pod] === undefined && atS <= untilS) report(`${pod} deleted`, atS, 'never');
    }
  }
  const within = (pod: string, atS: number, boundS: number): void => {
    if (!(atS <= boundS)) report(`${pod} gone or deleted`, atS, `within ${boundS} s`);
  };
  const deletion = (pod: string): number => deletedS[pod] ?? Number.POSITIVE_INFINITY;
  for (const [pod, boundS] of Object.entries(wanted.deletedWithin_s ?? {})) within(pod, deletion(pod), boundS);
  for (const [pod, boundS] of Object.entries(wanted.goneWithin_s ?? {})) within(pod, deletion(pod) + endingS, boundS);
  for (const [pod, boundS] of Object.entries(wanted.notDeletedBefore_s ?? {})) {
    if (deletion(pod) < boundS) report(`${pod} deleted`, deletion(pod), `not before ${boundS} s`);
  }
};

const judgeTolerations = (
  upstreamCase: UpstreamCase,
  wanted: Expectation,
  { tolerations }: Observation,
  report: Report,
): void => {
  const seconds = wanted.tolerationKept_s ?? wanted.tolerationByAdmission_s;
  if (seconds === undefined) return;
  const [name = ''] = (upstreamCase.pods ?? []).map((pod) => pod.name);
  const found = tolerations?.[name]?.['node.kubernetes.io/not-ready'];
  if (found !== seconds) report(`${name} toleration of not-ready`, found, seconds);
};

const judgeLeaseReads = ({ liveLeaseGETs, then }: Expectation, { leaseReadsS }: Observation, report: Report): void => {
  if (liveLeaseGETs === undefined) return;
  const [firstS] = leaseReadsS;
  const atOnce = leaseReadsS.filter((atS) => atS - (firstS ?? 0) <= exactS).length;
  if (atOnce !== liveLeaseGETs) report('leases read live', atOnce, liveLeaseGETs);
  if (then === undefined) return;
  const more = leaseReadsS.filter((atS) => atS - (firstS ?? 0) <= then.in_s).length - atOnce;
  if (more !== then.more) report(`leases read live in the next ${then.in_s} s`, more, then.more);
};

/** @returns a line for each expectation that was not met, with what was found */
export const judge = (upstreamCase: UpstreamCase, seen: Observation): readonly string[] => {
  const unmet: string[] = [];
  for (const [index, wanted] of upstreamCase.expect.entries()) {
    const report: Report = (what, found, value) =>
      unmet.push(`expect[${index}] ${what}: expected ${JSON.stringify(value)}, found ${JSON.stringify(found)}`);
    const probe = probeFor(wanted, seen);
    if (probe === undefined) report('probe', 'none', { at_s: wanted.at_s, afterPass: wanted.afterPass });
    else judgeProbe(wanted, probe, report);
    judgeTaints(wanted, seen, report);
    judgeDeletions(wanted, seen, report);
    judgeTolerations(upstreamCase, wanted, seen, report);
    judgeLeaseReads(wanted, seen, report);
  }
  return unmet;
};
