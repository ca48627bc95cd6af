import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlace, start } from '../support/harness.ts';
import { endOf, passed } from '../support/said.ts';
import { asked, documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'cmp');
}, 600_000);
afterAll(async () => {
  await cluster?.remove();
  place.remove();
}, 120_000);

const group = { architecture: 'amd64', kubelet: expect.stringMatching(/^v1\.\d+\.\d+$/), instanceType: null };

test('one scenario on kind and on a cluster that somebody has of the same class differs in the backend alone', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6, asked);
  const [own, kind] = [join(place.folder, 'own'), join(place.folder, 'kind')];
  const context = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed];
  const here = await cluster.start('run', scenario, ...context, ...(await cluster.withLoad()), '--out', own).child;
  expect(endOf(here), here.all).toEqual(passed);
  const there = await start(place, ['run', scenario, '--backend', 'kind', '--out', kind]).child;
  expect(endOf(there), there.all).toEqual(passed);

  const [ofOwn, ofKind] = [own, kind].map((out) => documentOf(out).conditions.cluster);
  expect(ofOwn).toEqual({
    nodes: 3,
    groups: [
      expect.objectContaining({ ...group, nodes: 1, role: 'control-plane' }),
      expect.objectContaining({ ...group, nodes: 2, role: 'worker' }),
    ],
    zones: [{ zone: '', nodes: 3 }],
    ...{ cni: expect.stringMatching(/^\S+ \(.+\)$/), kubeProxyMode: 'iptables' },
    ...{ networkReadOn: ['worker'], unknown: [] },
  });
  expect(ofKind).toEqual(ofOwn);

  const refused = await start(place, ['compare', kind, own]).child;
  expect([refused.exitCode, refused.all]).toEqual([
    64,
    expect.stringContaining('\n  backend: base kind; candidate cluster\n'),
  ]);
  expect(String(refused.all)).not.toMatch(/^ {2}(?!backend:)\w+: base/m);
  // One run a side tells nothing of how often; but they compare.
  const compared = await start(place, ['compare', kind, own, '--differs', 'backend', '--json']).child;
  const { runs, differs, notes, verdict, figures } = JSON.parse(compared.stdout);
  expect([compared.exitCode, verdict, runs]).toEqual([2, 'unknown', { base: 1, candidate: 1 }]);
  expect(differs).toEqual([{ condition: 'backend', base: 'kind', candidate: 'cluster' }]);
  expect(notes).toContainEqual(expect.stringMatching(/^requests take another way: those of the base from outside, /));
  const harms = figures.filter(({ kind: what }: { readonly kind: string }) => what === 'harm');
  const summed = harms.map(({ figure, base, candidate }: Record<string, { readonly median: number | null }>) => [
    ...[figure, base?.median, candidate?.median],
  ]);
  expect(summed).toContainEqual(['nodes.notReadyTransitions', 0, 0]);
  expect(summed).toContainEqual(['requests.refused', 0, 0]);
}, 600_000);

test('fourteen repeats a side of one scenario are the same in all that harms, as often as 25 % of runs tell', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6, { ...asked, name: 'same' });
  const [own, kind] = [join(place.folder, 'own-14'), join(place.folder, 'kind-14')];
  const repeats = ['--repeats', '14'];
  const context = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed];
  const load = await cluster.withLoad();
  const here = await cluster.start('run', scenario, ...context, ...load, ...repeats, '--out', own).child;
  expect([here.exitCode, here.all]).toEqual([0, expect.stringContaining('PASS')]);
  const there = await start(place, ['run', scenario, '--backend', 'kind', ...repeats, '--out', kind]).child;
  expect([there.exitCode, there.all]).toEqual([0, expect.stringContaining('PASS')]);

  // Requests take another way, so that answers may take another time, of which the scenario says nothing.
  const latencies = ['plannedLatencyMs', 'byPhase.steady.latencyMs', 'byPhase.fault.latencyMs'].flatMap((of) => [
    ...[`${of}.p50=5`, `${of}.mean=500`, `${of}.p90=500`, `${of}.p99=500`],
  ]);
  const tolerances = [...latencies, 'latencyMs.max=500', 'slowSeconds=20'].flatMap((of) => [
    '--tolerance',
    `requests.${of}`,
  ]);
  const options = ['--differs', 'backend', '--frequency-tolerance', '25%', ...tolerances, '--json'];
  const compared = await start(place, ['compare', kind, own, ...options]).child;
  const { runs, verdict, figures } = JSON.parse(compared.stdout);
  expect(runs).toEqual({ base: 14, candidate: 14 });
  type Judged = { readonly kind: string; readonly verdict: string };
  const judged: readonly Judged[] = figures.filter(({ kind: what }: Judged) => what === 'harm');
  expect(judged.filter((one) => one.verdict !== 'same')).toEqual([]);
  expect(judged.length).toBe(31);
  expect([compared.exitCode, verdict]).toEqual([0, 'same']);
}, 3_600_000);

test('more failed requests than --abort-when says end a run in its fault, and nothing of it is left', async () => {
  const before = await cluster.everything();
  const out = join(place.folder, 'aborted');
  const context = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed];
  const options = [...context, ...(await cluster.withLoad()), '--abort-when', '30%', '--out', out];
  const run = cluster.start('run', oneFault(place, 'kubelet-pause', 20, asked), ...options);
  await run.shown('armed on worker');
  const nobody = JSON.stringify({ spec: { selector: { app: 'nobody' } } });
  await cluster.kubectl('patch', 'service', 'beat', '--namespace=skipbeat', '--type=merge', `--patch=${nobody}`);
  const ended = await run.child;
  expect(endOf(ended), ended.all).toEqual([
    2,
    '  INCONCLUSIVE  neither pass nor fail: the run did not come to its end',
  ]);
  const { verdict, reasons, faults } = documentOf(out);
  expect(verdict).toBe('inconclusive');
  expect(reasons).toContainEqual(expect.stringMatching(/ and --abort-when is 30 %: the run was ended\.$/));
  expect(faults).toMatchObject([{ kind: 'kubelet-pause', undone: true }]);
  expect(await cluster.everything()).toEqual(before);
}, 300_000);
