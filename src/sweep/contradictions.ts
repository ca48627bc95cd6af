import { packageVersion } from '../common/package.ts';
import { counted } from '../common/text/counted.ts';
import { flapOf, latePassesMs } from '../profile/index.ts';
import { maxCellMs, planOf } from './run/cells.ts';
import { formulasOf } from './run/sweep.ts';
import { chanceOf } from './statistics.ts';
import type { Cell, Chance, Detection, Spread, SweepDocument, SweepSpec } from './types.ts';

// What no sweep writes, though each number of it is one that a sweep may write.

/** A file has every digit of a number; another processor may end a logarithm in another one. */
const isSame = (one: number, other: number): boolean => Math.abs(one - other) < 1e-9;

const ofChance = (
  name: string,
  { count, trials, share, low, high }: Chance,
  { repeats }: SweepSpec,
): readonly string[] => {
  if (trials !== repeats) return [`${name}.trials ${trials} of ${counted(repeats, 'repeat')}`];
  if (count > trials) return [`${name}.count ${count} of ${counted(trials, 'trial')}`];
  const own = chanceOf(count, trials);
  const isOwn = isSame(share, own.share) && isSame(low, own.low) && isSame(high, own.high);
  return isOwn
    ? []
    : [`${name} with a share of ${share}, ${low} to ${high}, of ${count} in ${counted(trials, 'trial')}`];
};

const ofSpread = (name: string, { seen, p5, p50, p95 }: Spread, { repeats }: SweepSpec): readonly string[] => {
  if (seen > repeats) return [`${name}.seen ${seen} of ${counted(repeats, 'repeat')}`];
  const times = [p5, p50, p95];
  const known = times.filter((time) => time !== null);
  const isComplete = known.length === (seen === 0 ? 0 : times.length);
  const isInOrder = known.every((time, index) => index === 0 || time >= (known[index - 1] ?? 0));
  return isComplete && isInOrder ? [] : [`${name} with p5 ${p5}, p50 ${p50} and p95 ${p95} of ${seen} seen`];
};

const ofCell = (cell: Cell, spec: SweepSpec): readonly string[] => [
  ...(['refused', 'notReady', 'evicted'] as const).flatMap((name) => ofChance(name, cell[name], spec)),
  ...(cell.notRecovered > spec.repeats
    ? [`notRecovered ${cell.notRecovered} of ${counted(spec.repeats, 'repeat')}`]
    : []),
  ...ofNotReady(cell),
];

/** Pods are evicted of nodes that are NotReady; those are so for no longer than all nodes together are under load. */
const ofNotReady = ({ evicted, notReady, notReadyNodeSeconds, nodes, pauseMs }: Cell): readonly string[] => {
  const max = (nodes * maxCellMs(pauseMs)) / 1000;
  return [
    ...(evicted.count > notReady.count
      ? [`evicted ${counted(evicted.count, 'time')}, and notReady ${notReady.count}`]
      : []),
    ...(notReadyNodeSeconds > 0 && notReady.count === 0 ? [`notReadyNodeSeconds ${notReadyNodeSeconds} of none`] : []),
    ...(notReadyNodeSeconds > max ? [`notReadyNodeSeconds ${notReadyNodeSeconds} of ${max} at most`] : []),
  ];
};

/** Figures of formulas, which are those of this version of skipbeat. */
const ofFormulas = (detection: Detection, spec: SweepSpec): readonly string[] => {
  const own = formulasOf(detection, spec);
  return (['heartbeatWritesPerMinute', 'heartbeatAnswerMs'] as const).flatMap((name) => {
    const value = detection[name];
    return value === undefined || isSame(value, own[name]) ? [] : [`${name} ${value} instead of ${own[name]}`];
  });
};

const ofDetection = (detection: Detection, spec: SweepSpec, isOwnVersion: boolean): readonly string[] => [
  ...ofSpread('detectMs', detection.detectMs, spec),
  ...(isOwnVersion ? ofFormulas(detection, spec) : []),
];

/**
 * A pause that is longer than what any grace bears makes a node NotReady in every trial, by the formulas of this version of
 * skipbeat. They say of no shorter one that none may be lost: kubelets say NotReady themselves.
 */
const ofCertainLoss = ({ notReady, pauseMs, ...key }: Cell, spec: SweepSpec): readonly string[] => {
  const { effective, kubernetesVersion } = planOf(key, spec).profile;
  const surelyMs = pauseMs - latePassesMs(effective, key.nodes);
  const isCertain = surelyMs > 0 && flapOf(effective, kubernetesVersion, surelyMs) === 'certain';
  return isCertain && notReady.count < spec.repeats
    ? [
        `notReady.count ${notReady.count} of ${counted(spec.repeats, 'repeat')}, of a pause that surely makes nodes NotReady`,
      ]
    : [];
};

const isOf = (spec: SweepSpec, { profile, nodes, kubernetesVersion }: Detection | Cell): boolean =>
  spec.profiles.includes(profile) && spec.nodes.includes(nodes) && spec.kubernetesVersions.includes(kubernetesVersion);

const keyOf = (entry: Cell | Detection): string =>
  JSON.stringify([
    entry.profile,
    'pauseMs' in entry ? entry.pauseMs : 'dead node',
    entry.nodes,
    entry.kubernetesVersion,
  ]);

/** What in a sweep contradicts itself or what was asked for, each in words: someone changed it, or it is none. */
export const contradictions = ({ sweep, shard, cells, detections, skipbeat }: SweepDocument): readonly string[] => {
  const seen = new Set<string>();
  const isOwnVersion = skipbeat === packageVersion();
  const own = (entry: Cell | Detection, place: string): readonly string[] => {
    const key = keyOf(entry);
    const isDoubled = seen.has(key);
    seen.add(key);
    const isAsked = isOf(sweep, entry) && (!('pauseMs' in entry) || sweep.pausesMs.includes(entry.pauseMs));
    return [
      ...(isDoubled ? [`${place} ${key} twice`] : []),
      ...(isAsked ? [] : [`${place} ${key}, which the sweep does not have`]),
      ...('pauseMs' in entry
        ? [...ofCell(entry, sweep), ...(isAsked && isOwnVersion ? ofCertainLoss(entry, sweep) : [])]
        : ofDetection(entry, sweep, isAsked && isOwnVersion)
      ).map((text) => `${place} ${key}: ${text}`),
    ];
  };
  return [
    ...(shard !== null && shard.index > shard.of ? [`shard ${shard.index}/${shard.of}`] : []),
    ...cells.flatMap((cell) => own(cell, 'cells')),
    ...detections.flatMap((detection) => own(detection, 'detections')),
  ];
};
