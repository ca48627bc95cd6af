import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentNamespace, entryName, namespaceLabels, openClusterJournal } from '../../src/guard/index.ts';
import { readClusterJournal } from '../../src/guard/journal/journal.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const mapsPath = `/api/v1/namespaces/${agentNamespace}/configmaps`;
const act = {
  ...{ id: 'a1-kubelet-pause-1', node: 'w01', kind: 'kubelet-pause', lengthMs: 30_000, maxMs: 600_000 },
  ...{ apply: ['sh', '-c', 'kill -s STOP 1'], undo: ['sh', '-c', 'kill -s CONT 1'] },
};

const on = (uid: string) => ({ uid, machine: { id: '0af3', uuid: null } });

beforeEach(async () => {
  server = await startStandIn();
  server.put(`/api/v1/namespaces/${agentNamespace}`, { metadata: { labels: namespaceLabels } });
});
afterEach(() => server.close());

const path = `${mapsPath}/${entryName('run-1', act.id)}`;

test('an entry is written with owner, node, act and undo, read back, and gone when it is done', async () => {
  const written = await openClusterJournal(server.access, 'run-1').add(act, on('uid-1'), signal);
  const [found] = await readClusterJournal(server.access, signal);
  expect(found).toMatchObject({ name: written.name, run: 'run-1', problem: null });
  expect(found?.entry).toMatchObject({
    ...{ version: 1, run: 'run-1', nodeUid: 'uid-1', machine: { id: '0af3', uuid: null }, owner: { pid: process.pid } },
    act: { id: act.id, node: 'w01', kind: 'kubelet-pause', lengthMs: 30_000, maxMs: 600_000 },
    commands: { undo: "sh -c 'kill -s CONT 1'" },
  });
  await written.done(signal);
  await written.done(signal);
  expect(await readClusterJournal(server.access, signal)).toEqual([]);
});

test('the id of this machine is not shown as it is', async () => {
  await openClusterJournal(server.access, 'run-1').add(act, on('uid-1'), signal);
  const [found] = await readClusterJournal(server.access, signal);
  expect(found?.entry?.owner.machineId ?? '').not.toBe(
    await import('node:fs').then(({ readFileSync }) => readFileSync('/etc/machine-id', 'utf8').trim()),
  );
});

test('an entry that stands is never written over', async () => {
  await openClusterJournal(server.access, 'run-1').add(act, on('uid-1'), signal);
  const before = server.objects.get(path);
  await expect(openClusterJournal(server.access, 'run-1').add(act, on('uid-2'), signal)).rejects.toMatchObject({
    ...{ code: 'JOURNAL_NOT_WRITTEN', exitCode: 75 },
  });
  expect(server.objects.get(path)).toBe(before);
});

test('an entry that was not written is followed by a command with the context as a shell wants it', async () => {
  const { client, config } = server.access;
  const odd = new client.KubeConfig();
  const [one] = config.getContexts();
  odd.loadFromOptions({
    ...{ clusters: config.getClusters(), users: config.getUsers(), currentContext: 'stage; x' },
    contexts: [{ ...one, name: 'stage; x' }],
  });
  const journal = openClusterJournal({ client, config: odd }, 'run-1');
  await journal.add(act, on('uid-1'), signal);
  await expect(journal.add(act, on('uid-1'), signal)).rejects.toMatchObject({
    next: "npm run skipbeat -- cleanup --context 'stage; x' --dry-run",
  });
});

test('an entry that admission changed on its way is not taken for written', async () => {
  server.intercept((method, at, body) =>
    method === 'POST' && at === mapsPath
      ? [201, { ...(body as object), metadata: { name: 'x', uid: 'u' }, data: { 'entry.json': '{}' } }]
      : null,
  );
  await expect(openClusterJournal(server.access, 'run-1').add(act, on('uid-1'), signal)).rejects.toMatchObject({
    message: `${server.url}: expected to write the ConfigMap ${entryName('run-1', act.id)} in skipbeat-agents, found that it was changed on its way.`,
  });
});

test('what is no entry of ours is handed back as damaged, and never as something to undo', async () => {
  await openClusterJournal(server.access, 'run-1').add(act, on('uid-1'), signal);
  const good = server.objects.get(path) as unknown as { data: { 'entry.json': string } };
  const entry = JSON.parse(good.data['entry.json']) as { act: object };
  const forged = (name: string, data: object): void => {
    server.objects.delete(path);
    for (const each of [...server.objects.keys()]) if (each.startsWith(`${mapsPath}/`)) server.objects.delete(each);
    server.put(`${mapsPath}/${name}`, { metadata: { labels: { 'app.kubernetes.io/managed-by': 'skipbeat' } }, data });
  };
  const name = entryName('run-1', act.id);
  const changed = (changes: object) => ({ 'entry.json': JSON.stringify({ ...entry, ...changes }) });
  const cases: readonly (readonly [string, object, string])[] = [
    [name, {}, 'it has no entry.json'],
    [name, { 'entry.json': '{' }, 'its entry is of another form'],
    [name, { 'entry.json': 'x'.repeat(70_000) }, 'its entry has 70000 characters'],
    ['copy', changed({}), 'its name is not that of its run and act'],
    [name, changed({ more: 1 }), 'its entry is of another form: entry'],
    [name, changed({ act: { ...entry.act, undo: ['sh', '-c', 'evil'] } }), 'its entry is of another form: act'],
    [name, changed({ act: { ...entry.act, node: 'w01; reboot' } }), 'its entry is of another form: act.node'],
    [name, changed({ act: { ...entry.act, node: '../../etc' } }), 'its entry is of another form: act.node'],
    [name, changed({ act: { ...entry.act, kind: '$(evil)' } }), 'its entry is of another form: act.kind'],
    [name, changed({ act: { ...entry.act, id: 'A'.repeat(60) } }), 'its entry is of another form: act.id'],
    [name, changed({ act: { ...entry.act, lengthMs: 1e12 } }), 'its entry is of another form: act.lengthMs'],
    [name, changed({ run: 'a\nb' }), 'its entry is of another form: run'],
    [name, changed({ version: 2 }), 'its entry is of another form: version'],
  ];
  for (const [as, data, problem] of cases) {
    forged(as, data);
    expect(await readClusterJournal(server.access, signal)).toMatchObject([{ name: as, entry: null, problem }]);
  }
});
