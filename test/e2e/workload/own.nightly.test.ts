import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { requireKind } from '../../../src/setup/index.ts';
import { clusterName, fixture, makePlace, skipbeat } from '../support/harness.ts';

const cluster = clusterName('own');
const place = makePlace();

afterAll(async () => {
  await skipbeat(place, ['cleanup', '--cluster', cluster]);
  place.remove();
});

/** A server of somebody's own, as they would write it: by default its image is pulled whenever a pod starts. */
const app = (image: string, more: object = {}) => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image,
              imagePullPolicy: 'Always',
              args: ['netexec', '--http-port=8081'],
              ports: [{ name: 'http', containerPort: 8081 }],
              readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
            },
          ],
          ...more,
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
];

const scenarioWith = (name: string, path: string): string => {
  const file = join(place.folder, `${name}.yaml`);
  const short = parse(readFileSync(fixture('short'), 'utf8')) as object;
  writeFileSync(file, stringify({ ...short, name, workload: { manifest: 'app.yaml', service: 'web', path } }));
  return file;
};

const write = (objects: readonly object[]): void =>
  writeFileSync(
    join(place.folder, 'app.yaml'),
    objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'),
  );

test('is applied, asked and judged, on a cluster on which the shipped one ran before, and the other way round', async () => {
  const { nodeImage } = await requireKind('v1.34');
  write(app(nodeImage.workloadImage));
  const on = ['--cluster', cluster, '--keep-cluster'];
  const shipped = await skipbeat(place, ['run', fixture('short'), ...on]);
  expect(shipped.exitCode, shipped.all).toBe(0);
  const own = await skipbeat(place, ['run', scenarioWith('own', '/healthz'), ...on, '--out', 'own']);
  expect(own.exitCode, own.all).toBe(0);
  const document = JSON.parse(readFileSync(join(place.folder, 'own/run.json'), 'utf8'));
  expect(document.conditions).toMatchObject({
    workload: { replicas: 3, manifest: { service: 'web', path: '/healthz' } },
  });
  expect(document.requests.ok).toBe(document.requests.offered);
  expect(document.requests.offered).toBeGreaterThan(0);
  const events = readFileSync(join(place.folder, 'own/events.ndjson'), 'utf8').trim().split('\n');
  const ready = events.map((line) => JSON.parse(line)).filter(({ type }) => type === 'endpoints');
  expect(ready.at(-1)).toMatchObject({ ready: 3 });
  const report = await skipbeat(place, ['report', 'own']);
  expect(report.exitCode, report.all).toBe(0);
  const again = await skipbeat(place, ['run', fixture('short'), ...on]);
  expect(again.exitCode, again.all).toBe(0);
});

test('that answers nothing under its path is not measured', async () => {
  const { nodeImage } = await requireKind('v1.34');
  write(app(nodeImage.workloadImage));
  const run = await skipbeat(place, [
    'run',
    scenarioWith('lost', '/echo?msg=no&code=503'),
    '--cluster',
    cluster,
    '--keep-cluster',
  ]);
  expect(run.exitCode, run.all).toBe(2);
  expect(run.stderr).toMatch(/through worker: HTTP 503/);
});

test('that the API server refuses is exit 64 at once, with what it said', async () => {
  const { nodeImage } = await requireKind('v1.34');
  write(app(nodeImage.workloadImage, { dnsPolicy: 'Sometimes' }));
  const run = await skipbeat(place, ['run', scenarioWith('wrong', '/'), '--cluster', cluster, '--keep-cluster']);
  expect(run.exitCode, run.all).toBe(64);
  expect(run.stderr).toMatch(/^WORKLOAD_REFUSED {2}workload\.manifest: .* refused Deployment web: .*dnsPolicy/m);
});
