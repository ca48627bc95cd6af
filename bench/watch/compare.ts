// Holds what a watch found against what was done beside it, fault by fault.
//   node bench/watch/compare.ts DIR      (of bench:watch)
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WatchDocument } from '../../src/watch/index.ts';
import type { Expected } from './faults.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

type Line = {
  readonly type: string;
  readonly at: string;
  readonly node?: string;
  readonly cause?: string;
  readonly reason?: string;
  readonly name?: string;
  readonly worker?: string;
  readonly expected?: readonly Expected[];
  readonly rssKb?: number;
  readonly cpuTicks?: number;
  readonly pid?: number;
};

/** Of one finding: what it is, of which node, from when to when. */
type Finding = {
  readonly finding: Exclude<Expected['finding'], 'nothing'>;
  readonly node: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
};

type Made = {
  readonly name: string;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly expected: readonly Expected[];
};

/** A leader is waited for, or asked for, so long after it went; a node that is well may be said to be so a little later. */
const lateMs = 60_000;

const linesOf = (file: string): readonly Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const madeOf = (record: readonly Line[]): readonly Made[] =>
  record
    .filter(({ type }) => type === 'fault.ended')
    .map((ended) => {
      const began = record.findLast(
        ({ type, name, at }) => type === 'fault.began' && name === ended.name && at <= ended.at,
      );
      const well = record.find(({ type, name, at }) => type === 'well' && name === ended.name && at >= ended.at);
      return {
        name: ended.name ?? '',
        beganMs: Date.parse(began?.at ?? ended.at),
        endedMs: Date.parse(well?.at ?? ended.at),
        expected: ended.expected ?? [],
      };
    });

const findingsOf = (events: readonly Line[], document: WatchDocument): readonly Finding[] => {
  const own = events.flatMap((event): readonly Finding[] => {
    const [node, atMs] = [event.node ?? null, Date.parse(event.at)];
    const found = (finding: Finding['finding'], text: string): readonly Finding[] => [
      { finding, node, fromMs: atMs, toMs: atMs, text },
    ];
    if (event.type === 'node.notReady' && event.cause === 'silence') return found('silence', `${node} silent`);
    if (event.type === 'node.notReady') return found('kubelet', `${node} by its kubelet: ${event.reason}`);
    if (event.type === 'node.deleted') return found('deleted', `${node} deleted`);
    if (event.type === 'renewal.backwards') return found('backwards', `${node} renewed backwards`);
    if (event.type === 'leader.silent') return found('leaderSilent', 'the leader is silent');
    return event.type === 'leader.changed' ? found('leader', 'another leader') : [];
  });
  const blind = document.blind.times.map(({ from, to, reason }): Finding => {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const text = `blind ${((toMs - fromMs) / 1000).toFixed(0)} s: ${reason.split(';')[0]}`;
    return { finding: 'blind', node: null, fromMs, toMs, text };
  });
  const overMs = document.nearMisses.overMs ?? Number.POSITIVE_INFINITY;
  const near = document.longestSilences
    .filter(({ ms, notReady }) => ms > overMs && !notReady)
    .map(({ node, from, ms }): Finding => {
      const fromMs = Date.parse(from);
      const text = `${node} silent for ${(ms / 1000).toFixed(1)} s, and Ready`;
      return { finding: 'nearMiss', node, fromMs, toMs: fromMs + ms, text };
    });
  return [...own, ...blind, ...near].toSorted((one, other) => one.fromMs - other.fromMs);
};

const isIn = ({ fromMs, toMs }: Finding, { beganMs, endedMs }: Made): boolean =>
  toMs >= beganMs - 2000 && fromMs <= endedMs + lateMs;

const matches = (one: Finding, wanted: Expected): boolean =>
  one.finding === wanted.finding && (!('node' in wanted) || one.node === wanted.node);

/** What harms a node: whoever says so of one that nothing was done to blames it wrongly. */
const blames: readonly Finding['finding'][] = ['silence', 'kubelet', 'nearMiss', 'deleted', 'backwards'];

/**
 * Whether a finding blames a node to which nothing was done: another one than those that the fault was on, or any where it was too
 * short for anything. Of what is done to the control plane any node may be lost.
 */
const isWronglyBlamed = ({ finding, node }: Finding, expected: readonly Expected[]): boolean => {
  if (!blames.includes(finding)) return false;
  const hit = expected.flatMap((one) => ('node' in one ? [one.node] : []));
  return hit.length > 0 ? node === null || !hit.includes(node) : expected.every((one) => one.finding === 'nothing');
};

const folder = process.argv[2] ?? '';
const record = linesOf(join(folder, 'faults.ndjson'));
const document = JSON.parse(readFileSync(join(folder, 'watch/watch.json'), 'utf8')) as WatchDocument;
const findings = findingsOf(linesOf(join(folder, 'watch/events.ndjson')), document);
const taken = new Set<Finding>();
let [found, missed] = [0, 0];
for (const made of madeOf(record)) {
  const there = findings.filter((one) => isIn(one, made) && !taken.has(one));
  const missing = made.expected.filter(
    (wanted) => wanted.finding !== 'nothing' && !there.some((one) => matches(one, wanted)),
  );
  for (const wanted of made.expected) {
    if (wanted.finding === 'nothing') continue;
    const [first] = there.filter((one) => matches(one, wanted));
    if (first !== undefined) taken.add(first);
  }
  // What comes of a fault beside what was waited for, until all was well: of the same node, or of the control plane.
  const also = there.filter((one) => !taken.has(one) && one.fromMs <= made.endedMs + 2000);
  for (const one of also) taken.add(one);
  const wrong = also.filter((one) => isWronglyBlamed(one, made.expected));
  const isRight = missing.length === 0 && wrong.length === 0;
  if (isRight) found += 1;
  else missed += 1;
  const seconds = ((made.endedMs - made.beganMs) / 1000).toFixed(0);
  const mark = isRight ? '✓' : '✗';
  const wanted = made.expected.map((one) => ('node' in one ? `${one.finding} of ${one.node}` : one.finding)).join(', ');
  print(`${mark} ${new Date(made.beganMs).toISOString().slice(11, 19)}  ${made.name} (${seconds} s): ${wanted}`);
  for (const one of missing) print(`      missed: ${one.finding}`);
  for (const one of also) print(`      ${wrong.includes(one) ? 'BLAMED' : 'also'}: ${one.text}`);
}
const outside = findings.filter((one) => !taken.has(one));
print(`\n${found} as was written down, ${missed} not; ${outside.length} findings in no fault:`);
for (const one of outside) {
  const mark = blames.includes(one.finding) ? 'BLAMED' : 'seen';
  print(`  ${mark}  ${new Date(one.fromMs).toISOString().slice(11, 19)}  ${one.text}`);
}
const memory = record.filter(({ type, rssKb }) => type === 'memory' && rssKb !== undefined);
const mb = memory.map(({ rssKb }) => (rssKb ?? 0) / 1024);
print(
  `\nmemory of the watch, every 15 s: ${Math.min(...mb).toFixed(0)} to ${Math.max(...mb).toFixed(0)} MB, ${mb.at(-1)?.toFixed(0)} MB at the end; unseen changes of Ready: ${document.unseenTransitions}`,
);
