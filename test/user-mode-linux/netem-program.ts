// Runs inside a machine of its own (see namespaces.sh): injects netem in every way, measures, and writes down what it
// saw. It judges nothing; netem.integration and netem-shapes.nightly of test/fault/netem do. Arguments: the file for the result, and
// which part of it: most faults wait, so that machines beside each other take a part of the time.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { release } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { SkipbeatError } from '../../src/common/errors.ts';
import { armFault } from '../../src/fault/index.ts';
import { netem } from '../../src/fault/netem/netem.ts';
import { openJournal } from '../../src/journal/index.ts';
import type { PlannedFaultOf } from '../../src/plan/index.ts';
import { chance, delayOf, nothing, planned, type Settings } from '../fault/netem/settings.ts';
import { killAt } from './kill.ts';
import {
  bridged,
  clientPort,
  direct,
  inNamespace,
  listen,
  otherPort,
  type Pair,
  type PingOptions,
  serverPort,
} from './lab.ts';
import type { ConnectTimes, Killed, LabResult, Measured, Pings, Refused, Stood, Undone } from './result.ts';
import { stand } from './stand.ts';

// For the processes that are started to be killed: namespaces.sh.
flushCompileCache();

const [resultFile = '', part = ''] = process.argv.slice(2);
const startedAtMs = performance.now();
const log = (text: string): void => {
  process.stderr.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s ${text}\n`);
};

const few = { count: 40, everyMs: 20 };
const many = { count: 1000, everyMs: 2 };
const jittered = { ...delayOf(100, 20) };

type Asked = readonly [string, Partial<Settings>, PingOptions];

/** One of each kind of thing that netem does. */
const measuredByDay: readonly Asked[] = [
  ['delay 50', { delay: delayOf(50) }, few],
  ['delay 100', { delay: delayOf(100) }, few],
  ['delay 200', { delay: delayOf(200) }, few],
  ['from', { delay: delayOf(100), direction: 'from' }, few],
  ['both', { delay: delayOf(100), direction: 'both' }, few],
  ['uniform', { delay: jittered }, { count: 400, everyMs: 5 }],
  ['reorder', { delay: { ...delayOf(50), reorder: { ...chance(25), gap: 1 } } }, { count: 400, everyMs: 5 }],
  ['loss', { loss: chance(10) }, many],
  ['loss from', { loss: chance(10), direction: 'from' }, many],
  ['rate', { rateBitsPerSecond: 100_000 }, { count: 10, everyMs: 300, bytes: 1000 }],
];

/** Its further distributions, chains and bursts; a loss without any stands beside them. */
const shaped: readonly Asked[] = [
  ['normal', { delay: { ...jittered, distribution: 'normal' } }, { count: 400, everyMs: 5 }],
  ['pareto', { delay: { ...jittered, distribution: 'pareto' } }, { count: 400, everyMs: 5 }],
  ['paretonormal', { delay: { ...jittered, distribution: 'paretonormal' } }, { count: 400, everyMs: 5 }],
  ['correlated', { loss: { percent: 50, correlationPercent: 80 } }, many],
  ['gap', { delay: { ...delayOf(50), reorder: { ...chance(100), gap: 5 } } }, { count: 100, everyMs: 10 }],
  ['loss', { loss: chance(10) }, many],
  ['bursts', { loss: { gemodel: { p: 5, r: 25, h: 0, k: 100 } } }, { count: 2000, everyMs: 2 }],
  ['duplicate', { duplicate: chance(10) }, many],
  ['corrupt', { corrupt: chance(10) }, many],
  ['slot', { slot: { minDelayMs: 50, maxDelayMs: 50, packets: null, bytes: null } }, { count: 100, everyMs: 10 }],
];

/** Of this the pings take the steps before the last, and some of that; the rest is for the probe at the end. */
const rampMs = 32_000;
const rampPingedMs = 27_000;
const rampPingEveryMs = 100;
const latency: PlannedFaultOf<'latency'> = {
  ...{ id: 'latency-1', kind: 'latency', targets: ['worker'] },
  occurrences: [{ id: 'latency-1', startMs: 0, endMs: 60_000 }],
  ...{ delayMs: 200, jitterMs: 50, lossPercent: 5, direction: 'both', rampSteps: 1 },
};
const journal = openJournal('lab', null, null);

const refusal = async (settings: Settings, { listing, site }: Pair = direct): Promise<Refused> => {
  const before = await listing();
  try {
    await netem.prepare(planned(settings), site, new AbortController().signal);
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    const { code, message, next } = thrown;
    return { code, message, next, listedAsBefore: (await listing()) === before };
  }
  throw new Error('expected a refusal, and netem was prepared');
};

const occupied = async (): Promise<Refused> => {
  await inNamespace('node', ['tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'handle', '7:', 'pfifo']);
  const refused = await refusal({ ...nothing, delay: delayOf(50) });
  await inNamespace('node', ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']);
  return refused;
};

/** Only where the machine is ours alone: another kernel's modules are not ours to remove. */
const unavailable = async (): Promise<Refused | null> => {
  if (!inUserMode) return null;
  writeFileSync('/proc/sys/kernel/modprobe', '/bin/false');
  execFileSync('rmmod', ['sch_netem']);
  return refusal({ ...nothing, delay: delayOf(50) });
};

/** What comes in is delayed at the host-side veth peer of the node's device. Takes ifb away for good. */
const withoutIfb = async (): Promise<LabResult['withoutIfb']> => {
  if (!inUserMode) return null;
  execFileSync('modprobe', ['--remove', 'ifb']);
  writeFileSync('/proc/sys/kernel/modprobe', '/bin/false');
  const asked: readonly (readonly [string, Partial<Settings>, PingOptions])[] = [
    ['from', { delay: delayOf(100), direction: 'from' }, few],
    ['both', { delay: delayOf(100), direction: 'both' }, few],
    ['loss from', { loss: chance(10), direction: 'from' }, many],
  ];
  const idle = await bridged.ping(few);
  const stoodThere: Record<string, Stood<Pings>> = {};
  for (const [name, settings, options] of asked) {
    const fault = planned({ ...nothing, ...settings });
    stoodThere[name] = await stand(fault, journal, () => bridged.ping(options), bridged);
    log(`without ifb: ${name}`);
  }
  const toServer = planned({ ...nothing, delay: delayOf(100), direction: 'both', peer: 'api-server' });
  const connects = await stand(toServer, journal, bridged.connect, bridged);
  const killedThere = [
    await killAt('applying', 'journal', 101, 'bridged'),
    await killAt('holding', 'journal', 102, 'bridged'),
    await killAt('holding', 'guard', 103, 'bridged'),
  ];
  const strange = await refusal({ ...nothing, delay: delayOf(50), direction: 'both' }, direct);
  return { idle, pings: stoodThere, connects, killed: killedThere, strange };
};

const inUserMode = process.env.SKIPBEAT_UML === '1';
const boundaries = ['journalled', 'armed', 'applying', 'injected', 'holding', 'undoing'];
const kills: readonly (readonly [string, Killed['undoneBy']])[] = [
  ...boundaries.map((boundary) => [boundary, 'journal'] as const),
  ...(['armed', 'applying', 'holding', 'undoing'] as const).map((boundary) => [boundary, 'guard'] as const),
];

// Each is a process. Where packets alone are measured, a fault proves itself at the API server, and nobody else is asked.
const servers = part === 'undone' ? (['peer', 'plane'] as const) : (['peer'] as const);
const nodes = part === 'undone' ? (['node', 'inner'] as const) : [];
const listeners = await Promise.all([
  ...servers.map((one) => listen(one, [serverPort, otherPort])),
  ...nodes.map((one) => listen(one, [clientPort])),
]);
log('listening');
const measured = async (pinged: readonly Asked[]): Promise<Measured> => {
  const idle = await direct.ping(few);
  const pings: Record<string, Stood<Pings>> = {};
  for (const [name, settings, options] of pinged) {
    pings[name] = await stand(planned({ ...nothing, ...settings }), journal, () => direct.ping(options));
    log(name);
  }
  return { kernel: release(), userMode: inUserMode, idle, pings };
};

const undone = async (): Promise<Undone> => {
  const idle = await direct.connect();
  const ramp = await stand(planned({ ...nothing, delay: delayOf(100), rampSteps: 4 }, rampMs), journal, async () => {
    const seen = await direct.ping({
      count: rampPingedMs / rampPingEveryMs,
      everyMs: rampPingEveryMs,
    });
    await pause(200);
    return seen;
  });
  log('ramp');
  const connects: Record<string, Stood<ConnectTimes>> = {
    'api-server': await stand(
      planned({ ...nothing, delay: delayOf(100), direction: 'both', peer: 'api-server' }),
      journal,
      direct.connect,
    ),
    // As a scenario would ask for it; here the kernel has netem.
    latency: await stand(latency, journal, direct.connect),
  };
  log('peers');
  /** Delayed by half a second: at any time some fifty of them wait. */
  const waiting: Record<string, Pings> = {};
  for (const direction of ['to', 'both'] as const) {
    let under: Promise<Pings> | null = null;
    await stand(planned({ ...nothing, delay: delayOf(500), direction }), journal, async () => {
      under = direct.ping({ count: 1500, everyMs: 10 });
      await pause(1500);
    });
    waiting[direction] = (await under) ?? { sent: 0, replies: [] };
    log(`waiting ${direction}`);
  }
  /** Delayed by longer than an undo waits: what has not come through by then is dropped, and counted. */
  const lateMs = 12_000;
  const late: Record<string, LabResult['late'][string]> = {};
  for (const direction of ['to', 'both'] as const) {
    let evidence = '';
    const before = await direct.listing();
    const armed = await armFault({
      ...{
        planned: planned({ ...nothing, delay: delayOf(lateMs), direction }),
        id: 'netem-1',
        site: direct.site,
        journal,
      },
      record: (body) => {
        if (body.type === 'fault.undone') evidence = body.evidence;
      },
      signal: new AbortController().signal,
    });
    let under: Promise<Pings> | null = null;
    try {
      await armed.inject();
      under = direct.ping({ count: 100, everyMs: 10 });
      await pause(1500);
    } finally {
      await armed.undo();
    }
    late[direction] = { pings: await under, evidence, listedAsBefore: (await direct.listing()) === before };
    log(`late ${direction}`);
  }
  const killed: Killed[] = [];
  for (const [boundary, undoneBy] of kills) {
    killed.push(await killAt(boundary, undoneBy, killed.length + 1));
    log(`killed ${boundary}`);
  }
  const hostPeerSeen = await withoutIfb();
  log('without ifb');
  return {
    ...{ idle, ramp, connects, waiting, late, killed, withoutIfb: hostPeerSeen },
    occupied: await occupied(),
    unavailable: await unavailable(),
  };
};

const parts: Readonly<Record<string, () => Promise<Measured | Undone>>> = {
  measured: () => measured(measuredByDay),
  shapes: () => measured(shaped),
  undone,
};
const work = parts[part];
if (work === undefined) throw new Error(`expected a part of ${Object.keys(parts).join(', ')}, received ${part}`);
const result = await work();
journal.close();
writeFileSync(resultFile, JSON.stringify(result));
for (const one of listeners) one.kill();
log('done');
