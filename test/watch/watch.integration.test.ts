import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { test as base, describe, expect } from 'vitest';
import { type WatchDocument, watchCluster, watchText } from '../../src/watch/index.ts';
import { watchDocumentShape } from '../../src/watch/shapes.ts';
import { main } from '../support/program.ts';
import { context, startApiServer } from './api-server.ts';

const nodesPath = '/api/v1/nodes';
const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

type Counters = {
  readonly counters: { readonly atMs?: number; readonly nodes: readonly { readonly renewals: number }[] };
};

/** Everything that one test has for itself: what it watches, and the folder that it is written into. */
const makePlace = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-watch-'));
  const api = await startApiServer(['a', 'b']);
  const kubeconfig = api.kubeconfig(join(folder, 'kubeconfig'));
  const out = join(folder, 'out');

  const start = (...args: readonly string[]) =>
    execa(process.execPath, [main, 'watch', '--context', context, '--kubeconfig', kubeconfig, '--out', out, ...args], {
      cwd: folder,
      reject: false,
      // What a signal ends takes its time for that on a busy machine.
      forceKillAfterDelay: false,
      stdin: 'ignore',
      env: { DOCKER_HOST: 'tcp://127.0.0.1:1' },
    });

  /** Resolves once the state on the disk holds; the file is complete whenever it is read. */
  const kept = async (holds: (state: Counters) => boolean) => {
    for (const limit = performance.now() + 30_000; performance.now() < limit; await delay(100)) {
      const file = join(out, 'state.json');
      if (existsSync(file) && holds(JSON.parse(readFileSync(file, 'utf8')))) return;
    }
    throw new Error('not within 30 s');
  };

  const renewed = (times: number): Promise<void> =>
    kept(({ counters }) => counters.nodes.every(({ renewals }) => renewals >= times));
  const document = (): WatchDocument =>
    watchDocumentShape.parse(JSON.parse(readFileSync(join(out, 'watch.json'), 'utf8')));

  /** All kubelets renew so many times, one after another. */
  const renewAll = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) {
      for (const node of ['a', 'b']) api.renew(node);
      await delay(100);
    }
  };
  const remove = async (): Promise<void> => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, api, kubeconfig, out, start, kept, renewed, document, renewAll, remove };
};

type Place = Awaited<ReturnType<typeof makePlace>>;

const test = base.extend('place', async ({ onTestFinished }) => {
  const place = await makePlace();
  onTestFinished(place.remove);
  return place;
});

type Running = ReturnType<Place['start']>;

/** Resolves once the program has said that on stderr. */
const said = (running: Running, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let stderr = '';
    running.stderr.on('data', (part: Buffer) => {
      stderr += String(part);
      if (stderr.includes(text)) resolve();
    });
    running.stderr.once('end', () => reject(new Error(`expected ${text}, found the end after:\n${stderr}`)));
  });

const ended = async (running: Running, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGINT') => {
  running.kill(signal);
  return running;
};

describe('before it watches', () => {
  const refused = (status: number, message: string) => ({ status, message });
  const within = (
    { kubeconfig, out }: Place,
    options: { readonly context?: string; readonly kubeconfig?: string; readonly folder?: string } = {},
  ) =>
    watchCluster({
      ...{ context, kubeconfig, folder: out, forMs: 500, graceMs: null, margin: 0.5, ...options },
      ...{ signal: AbortSignal.timeout(30_000), onMinute: () => undefined, onNotable: () => undefined },
    });
  const error = (code: string, exitCode: number, message: string) =>
    expect.objectContaining({ code, exitCode, message });

  test.for([
    ['list', nodesPath, 'nodes'],
    ['watch', nodesPath, 'nodes'],
    ['list', leasesPath, 'leases.coordination.k8s.io in kube-node-lease'],
    ['watch', leasesPath, 'leases.coordination.k8s.io in kube-node-lease'],
  ] as const)(
    'a token that may not %s %s is refused, with verb and resource',
    async ([verb, path, resource], { place }) => {
      const { api, out } = place;
      api.refuse(verb, path, refused(403, 'User "x" cannot'));
      const message = `expected the right to ${verb} ${resource}, found: User "x" cannot.`;
      await expect(within(place)).rejects.toEqual(error('RIGHT_MISSING', 75, message));
      expect(existsSync(out)).toBe(false);
    },
  );

  test('credentials that nobody knows, an API server that fails, and one that is away are told apart', async ({
    place,
  }) => {
    const { api } = place;
    api.refuse('list', nodesPath, refused(401, 'Unauthorized'));
    const message = `${api.url}: expected the context's credentials to be taken, found Unauthorized.`;
    await expect(within(place)).rejects.toEqual(error('CREDENTIALS_REFUSED', 75, message));
    const away = (found: string) => `${api.url}: expected the answer of an API server, found ${found}.`;
    api.refuse('list', nodesPath, refused(500, 'etcd is gone'));
    await expect(within(place)).rejects.toEqual(error('API_UNREACHABLE', 75, away('etcd is gone')));
    await api.close();
    const gone = away(`connect ECONNREFUSED ${new URL(api.url).host}`);
    await expect(within(place)).rejects.toEqual(error('API_UNREACHABLE', 75, gone));
  });

  test('a context that is not there and a kubeconfig that is none are named', async ({ place }) => {
    const { folder, kubeconfig } = place;
    const message = `--context: expected one of staging (${kubeconfig}), received "production".`;
    await expect(within(place, { context: 'production' })).rejects.toEqual(error('CONTEXT_UNKNOWN', 64, message));
    const none = { kubeconfig: join(folder, 'none') };
    const unreadable = (file: string, found: string) =>
      error('KUBECONFIG_UNREADABLE', 64, `${file}: expected a kubeconfig, found ${found}.`);
    await expect(within(place, none)).rejects.toEqual(unreadable(none.kubeconfig, 'nothing there'));
    writeFileSync(join(folder, 'broken'), '{');
    const broken = { kubeconfig: join(folder, 'broken') };
    await expect(within(place, broken)).rejects.toEqual(unreadable(broken.kubeconfig, 'what is no YAML (1:2)'));
  });

  test('an API server that goes away before the first list is not waited for without an end', async ({ place }) => {
    const { api } = place;
    api.holdLists();
    const watched = within(place);
    const message = `${api.url}: expected the answer of an API server, found no list of nodes and leases in 500 ms.`;
    await expect(watched).rejects.toEqual(error('API_UNREACHABLE', 75, message));
    await expect(watched).rejects.toMatchObject({
      next: `kubectl --context staging --kubeconfig ${place.kubeconfig} get --raw /readyz   (says whether it answers at all)`,
    });
  });

  test('a folder of something else is left alone', async ({ place }) => {
    const { folder } = place;
    const message = `${folder}: expected a folder that is new, empty or of an earlier watch, found kubeconfig and no state.json.`;
    await expect(within(place, { folder })).rejects.toEqual(error('WATCH_FOLDER_INVALID', 64, message));
  });
});

/** Watches in this process until `end` is called, which resolves with what was seen. */
const inProcess = ({ kubeconfig, out }: Place, graceMs: number | null) => {
  const ending = new AbortController();
  const watching = watchCluster({
    ...{ context, kubeconfig, folder: out, forMs: null, graceMs, margin: 0.5 },
    ...{ signal: ending.signal, onMinute: () => undefined, onNotable: () => undefined },
  });
  const end = (): Promise<WatchDocument> => {
    ending.abort();
    return watching;
  };
  return { watching, end };
};

describe('a right that is not needed and lacks', () => {
  const forbidden = { status: 403, message: 'not for you' };
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager';

  test.for([
    ['pods', '/api/v1/namespaces/kube-system/pods', null, 'inconclusive', 'list pods in kube-system'],
    ['pods, and --grace', '/api/v1/namespaces/kube-system/pods', 50_000, 'pass', 'list pods in kube-system'],
    ['who leads', lease, 50_000, 'pass', 'get leases.coordination.k8s.io kube-controller-manager in kube-system'],
    ['the kubelets', '/api/v1/nodes/a/proxy/configz', 50_000, 'pass', 'get nodes/proxy'],
    ["the cluster's UID", '/api/v1/namespaces/kube-system', 50_000, 'pass', 'get namespaces kube-system'],
    ['the version', '/version', 50_000, 'pass', 'get /version'],
  ] as const)('%s: it is named', async ([_, path, graceMs, verdict, right], { place }) => {
    const { api, renewAll } = place;
    api.refuse('get', path, forbidden);
    const { end } = inProcess(place, graceMs);
    await Promise.all([api.watched(2), api.isAsked(`GET ${path}`)]);
    await renewAll(3);
    const seen = await end();
    expect([seen.verdict, seen.reasons]).toEqual([
      verdict,
      verdict === 'pass' ? [] : ['nodeMonitorGracePeriod is not known: --grace says it'],
    ]);
    const named = seen.missing.filter(({ reason }) => reason === 'not for you');
    expect(named.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([right]);
    expect(seen.leaderChanges).toBe(path === lease ? null : 0);
  });
});

const status = '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"upstream timeout","code":504}';

/** @returns what resolves once nodes and leases have been listed since, and are watched again */
const bothAskedAnew = ({ asked }: Place['api']) => {
  const counts = () => [nodesPath, leasesPath].map((path) => asked.filter((one) => one === `GET ${path}`).length);
  const before = counts();
  return () => expect.poll(() => counts().every((count, index) => count >= (before[index] ?? 0) + 2)).toBe(true);
};

test('a line that is no change is blind time, with the line as its reason, and ends no watch', async ({ place }) => {
  const { api, renewAll } = place;
  const { end } = inProcess(place, 50_000);
  await api.watched(2);
  await renewAll(2);
  const listedAnew = bothAskedAnew(api);
  api.writeLine(status);
  await listedAnew();
  await renewAll(2);
  const { verdict, blind, byNode } = await end();
  expect([verdict, byNode.length]).toEqual(['inconclusive', 2]);
  expect(new Set(blind.times.flatMap(({ sources }) => sources))).toEqual(new Set(['nodes', 'leases']));
  for (const { reason } of blind.times) expect(reason).toBe(`the stream brought what is no change: ${status}`);
});

test('the kubelet of a node that went while nobody could see is missing no more', async ({ place }) => {
  const { api, renewAll } = place;
  const path = '/api/v1/nodes/b/proxy/configz';
  api.refuse('get', path, { status: 502, message: 'no way to it' });
  const { end } = inProcess(place, 50_000);
  await Promise.all([api.watched(2), api.isAsked(`GET ${path}`)]);
  await renewAll(1);
  api.removeUnseen('b');
  const listedAnew = bothAskedAnew(api);
  api.writeLine(status);
  await listedAnew();
  const { byNode, missing } = await end();
  expect(byNode.map(({ node }) => node)).toEqual(['a']);
  expect(missing.filter(({ resource }) => resource === 'nodes/proxy')).toEqual([]);
});

test('of more sittings than are kept, the time is counted from the first one on', async ({ place }) => {
  const { out, document, kept } = place;
  const sit = async () => {
    const { end } = inProcess(place, 50_000);
    await kept((state) => JSON.stringify(state).includes('"ended":null'));
    await end();
  };
  await sit();
  const file = join(out, 'state.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  const [last] = state.sittings;
  const firstMs = last.fromMs - 1_000_000;
  // 199 of one second each, five seconds apart, before the one that was.
  const old = Array.from({ length: 199 }, (_, index) => ({
    ...{ fromMs: firstMs + index * 5000, toMs: firstMs + index * 5000 + 1000, ended: 'for' },
  }));
  state.sittings = [...old, last];
  delete state.firstMs;
  const seenMs = last.toMs - last.fromMs + 199 * 1000;
  state.counters.blind = { ...state.counters.blind, count: 199, totalMs: last.toMs - firstMs - seenMs };
  writeFileSync(file, JSON.stringify(state));
  await sit();
  await sit();
  const { sittings, from, to, blind, watchedMs } = document();
  expect([sittings.length, from]).toEqual([201, new Date(firstMs).toISOString()]);
  expect(watchedMs + blind.ms).toBe(Date.parse(to) - firstMs);
  expect(watchedMs).toBeGreaterThanOrEqual(seenMs);
  expect(sittings[0]?.from).toBe(new Date(firstMs + 5000).toISOString());
});

describe('a right that is taken away while it watches', () => {
  test.for([
    ['leases', leasesPath],
    ['nodes', nodesPath],
  ] as const)(
    'to list %s: nobody tells whether the watch has brought all, and that is said',
    async ([_, path], { place }) => {
      const { api, renewAll } = place;
      const { end } = inProcess(place, 50_000);
      await api.watched(2);
      api.refuse('list', path, { status: 403, message: 'not any more' });
      await renewAll(3);
      const { verdict, reasons, blind } = await end();
      expect([verdict, blind.count]).toEqual(['inconclusive', 1]);
      expect(reasons.map((reason) => reason.replace(/ \d+\.\d s;/, ' TIME;'))).toEqual([
        `nothing was seen for TIME; GET ${path}: HTTP 403, not any more`,
      ]);
    },
  );
});

// What follows waits most of its time, for a state that is kept every 5 s and a UID that is asked for every 5 s: several at once.
describe.concurrent('while it watches', () => {
  test('Ctrl-C ends it in order, with the report; it has asked with GET alone, and what it lacked is named', async ({
    place: { api, document, kept, out, renewAll, renewed, start },
  }) => {
    api.refuse('get', '/api/v1/namespaces/kube-system/pods', { status: 403, message: 'no pods for you' });
    api.refuse('get', '/api/v1/nodes/a/proxy/configz', { status: 403, message: 'no proxy for you' });
    const running = start('--grace', '50s');
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    api.setNode('b', 'Unknown', 'NodeStatusUnknown');
    await kept(({ counters }) => JSON.stringify(counters).includes('NodeStatusUnknown'));
    const { exitCode, stdout, stderr } = await ended(running);
    expect(exitCode).toBe(130);
    expect(`${stdout}\n`).toBe(watchText(document(), { columns: 80, folder: out }));
    // Where the news came within two seconds of its renewals, nobody knows for how long it was silent.
    expect(stderr).toMatch(/b NotReady(, silent for | by silence: NodeStatusUnknown)/);
    const seen = document();
    expect(seen).toMatchObject({
      verdict: 'fail',
      clusterUid: 'uid-1',
      notReady: { silence: 1 },
      notReadyTimes: [{ node: 'b', cause: 'silence', zone: 'a', until: null }],
      sittings: [{ ended: 'interrupted' }],
      missing: [
        { verb: 'list', resource: 'pods in kube-system', reason: 'no pods for you' },
        { verb: 'get', resource: 'nodes/proxy', reason: 'no proxy for you' },
      ],
    });
    expect(seen.byNode.map(({ renewals, kubelet }) => [renewals, kubelet])).toEqual([
      [2, null],
      [2, null],
    ]);
    expect(api.asked.filter((each) => !each.startsWith('GET '))).toEqual([]);
  });

  test('--for ends it; where the grace is not known nothing is called well, and --json prints the document', async ({
    place: { api, document, renewAll, start },
  }) => {
    const running = start('--for', '10s', '--judge', '--json');
    await api.watched(2);
    await renewAll(2);
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(2);
    const seen = watchDocumentShape.parse(JSON.parse(stdout));
    expect(seen).toEqual(document());
    expect(seen.reasons).toEqual(['nodeMonitorGracePeriod is not known: --grace says it']);
    expect(seen.byNode[0]?.kubelet).toEqual({
      nodeStatusUpdateFrequencyMs: 10_000,
      nodeStatusReportFrequencyMs: 300_000,
      nodeLeaseDurationSeconds: 40,
    });
  });

  test('all of it seen and nobody near the edge: exit 0; a stream that ends in order and goes on is not blind time', async ({
    place: { api, document, out, renewAll, start },
  }) => {
    // Nobody is near the edge of this one, however long a busy machine takes to start the program.
    const running = start('--for', '10s', '--grace', '600s', '--judge');
    await api.watched(2);
    await renewAll(2);
    api.endWatches();
    await api.watched(2);
    await renewAll(1);
    const { exitCode, stdout } = await running;
    expect(document().reasons).toEqual([]);
    expect([exitCode, document().verdict, document().renewals]).toEqual([0, 'pass', 6]);
    expect(`${stdout}\n`).toBe(watchText(document(), { columns: 80, folder: out }));
  });

  test('while the API server is away nothing is seen, and that is said; a second watch in the folder is refused', async ({
    place: { api, document, out, renewAll, start },
  }) => {
    // However long a busy machine takes to start the second, that is no silence too long.
    const running = start('--grace', '600s');
    await api.watched(2);
    await renewAll(2);
    expect(await start()).toMatchObject({
      exitCode: 75,
      stderr: `WATCH_BUSY  ${out}: expected nobody to watch into it, found process ${running.pid} on ${hostname()}.
Try: name another folder with --out DIR`,
    });
    api.setAway(true);
    await delay(3000);
    const isBack = said(running, 'seen again after');
    api.setAway(false);
    await isBack;
    await ended(running);
    const { verdict, blind, reasons } = document();
    expect([verdict, blind.count]).toEqual(['inconclusive', 1]);
    expect(blind.ms).toBeGreaterThan(2000);
    expect(blind.times[0]?.sources).toEqual(expect.arrayContaining(['leases']));
    expect(reasons[0]).toMatch(/^nothing was seen for /);
  });

  test('killed, it loses some seconds; it goes on in its folder, and the time between is blind', async ({
    place: { api, document, out, renewAll, renewed, start },
  }) => {
    const first = start('--grace', '50s');
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    await ended(first, 'SIGKILL');
    expect(document().sittings).toMatchObject([{ ended: null }]);
    await renewAll(1);
    api.setUid('uid-2');
    expect(await start()).toMatchObject({
      exitCode: 64,
      stderr: `WATCH_OF_ANOTHER  ${out}: expected a watch of this cluster, uid-2, found one of uid-1.
Try: name another folder with --out DIR`,
    });
    api.setUid('uid-1');
    const second = start('--grace', '50s');
    await api.watched(2);
    await delay(2500);
    await renewAll(1);
    await renewed(3);
    await ended(second, 'SIGTERM');
    const { sittings, blind, byNode } = document();
    expect(sittings.map(({ ended: how }) => how)).toEqual(['lost', 'interrupted']);
    expect(blind.times).toMatchObject([{ sources: ['unwatched'], reason: 'nobody watched' }]);
    expect(byNode.map(({ renewals, unseenGaps }) => [renewals, unseenGaps])).toEqual([
      [3, 1],
      [3, 1],
    ]);
    const lines = readFileSync(join(out, 'events.ndjson'), 'utf8').trimEnd().split('\n');
    // A program that starts slowly on a busy machine lets kubelets wait so long that their renewals are late, too.
    const noted = lines.map((line) => JSON.parse(line).type).filter((type) => type !== 'renewal.late');
    expect(noted).toEqual(['blind.began', 'blind.ended']);
  });
});

test('killed while its watch hangs, it has not seen what was before: blind is from what came last on', async ({
  place: { api, document, kept, renewAll, renewed, start },
}) => {
  const first = start('--grace', '50s');
  await api.watched(2);
  await renewAll(2);
  await renewed(2);
  const hungMs = Date.now();
  api.hangWatches();
  await kept(({ counters }) => (counters.atMs ?? 0) > hungMs + 4000);
  await ended(first, 'SIGKILL');
  const second = start('--grace', '50s');
  await said(second, 'watching staging');
  await ended(second);
  const { blind } = document();
  expect(blind.times[0]).toMatchObject({ sources: expect.arrayContaining(['unwatched']) });
  expect(Date.parse(blind.times[0]?.from ?? '')).toBeLessThan(hungMs + 1000);
});

describe.concurrent('another cluster at the same address', () => {
  const path = '/api/v1/namespaces/kube-system';

  test('is noticed, ends the watch, is said, and leaves its verdict open, whatever was seen', async ({
    place: { api, document, renewAll, renewed, start },
  }) => {
    const running = start('--grace', '50s', '--judge');
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    const lists = (): number => api.asked.filter((one) => one === `GET ${nodesPath}`).length;
    const before = lists();
    api.setUid('uid-2');
    const { exitCode, stderr } = await running;
    // What it says before that is how it goes each minute, at the hour that it is.
    const last = stderr
      .split('\n')
      .at(-1)
      ?.replace(/^\d\d:\d\d:\d\d/, 'HOUR');
    expect([exitCode, last]).toEqual([2, 'HOUR  nothing can be seen (cluster): another cluster answers: uid-2']);
    const { verdict, reasons, otherCluster, sittings, blind, clusterUid } = document();
    expect([verdict, clusterUid, otherCluster?.uid, sittings.map(({ ended }) => ended)]).toEqual([
      ...['inconclusive', 'uid-1', 'uid-2', ['otherCluster']],
    ]);
    expect(reasons[0]?.replace(/since 20\d\d-\d\d-\d\dT[\d:]+/, 'since TIME')).toBe(
      'another cluster answers, uid-2 by the UID of kube-system, since TIME or some seconds later: what was seen then may be of either',
    );
    expect(blind.times).toMatchObject([{ sources: ['cluster'], reason: 'another cluster answers: uid-2' }]);
    // Nothing is proved by what the other one says.
    expect(lists()).toBe(before);
  });

  test('keeps the verdict open when the first one is back, and is no folder to go on in for the other', async ({
    place,
  }) => {
    const { api, document, renewAll, renewed, start } = place;
    const first = inProcess(place, 50_000);
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    api.setUid('uid-2');
    await first.watching;
    const refused = { code: 'WATCH_OF_ANOTHER', exitCode: 64 };
    await expect(inProcess(place, 50_000).watching).rejects.toMatchObject(refused);
    api.setUid('uid-1');
    const again = start('--grace', '50s', '--judge');
    const renewing = setInterval(() => void renewAll(1), 200);
    await renewed(4).finally(() => clearInterval(renewing));
    const { exitCode } = await ended(again);
    const { verdict, otherCluster, sittings } = document();
    expect([exitCode, verdict, otherCluster?.uid, sittings.map((each) => each.ended)]).toEqual([
      ...[130, 'inconclusive', 'uid-2', ['otherCluster', 'interrupted']],
    ]);
  });

  test('that comes just before the end is noticed, too', async ({ place }) => {
    const { api, renewAll, renewed } = place;
    const { end } = inProcess(place, 50_000);
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    api.setUid('uid-2');
    expect(await end()).toMatchObject({ verdict: 'inconclusive', otherCluster: { uid: 'uid-2' } });
  });

  test('is not known where its UID may be read no more, and that is said', async ({ place }) => {
    const { api, renewAll, renewed } = place;
    const { end } = inProcess(place, 50_000);
    await api.watched(2);
    await renewAll(2);
    await renewed(2);
    api.refuse('get', path, { status: 403, message: 'not for you' });
    const { missing, verdict } = await end();
    expect([verdict, missing.at(-1)]).toEqual([
      'inconclusive',
      {
        ...{ what: 'whether it was the same cluster to the end', verb: 'get', resource: 'namespaces kube-system' },
        reason: 'not for you',
      },
    ]);
  });
});
