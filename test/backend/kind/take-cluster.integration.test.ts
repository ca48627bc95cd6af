import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { kindBackend } from '../../../src/backend/kind/backend.ts';
import { openJournal } from '../../../src/journal/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { engineName, fileEngine, incarnation } from '../../support/file-engine.ts';

const name = 'skipbeat-kept';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-take-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

test('a fault that was left since the cluster was asked about keeps the run off it, before anything is done to it', async () => {
  const engine = fileEngine(place);
  engine.stand(name, { record: { kept: true }, mark: { kept: true } });
  const fault = { kind: 'fault', cluster: name, incarnation, fault: 'f', faultKind: 'node-pause' };
  const undo = [{ node: `${name}-control-plane`, argv: ['true'], timeoutMs: 1000 }];
  engine.leave('killed', {}, null);
  writeFileSync(join(engine.journalOf('killed'), '002-fault.json'), JSON.stringify({ ...fault, undo }));
  // One request a second is soon shown to be possible.
  const overrides = [{ origin: 'the test', path: ['load', 'ratePerSecond'], value: 1 }];
  const plan = makePlan(loadScenario('tight-grace', { overrides }).scenario, { kubernetesVersion: 'v1.34.4' });
  const backend = kindBackend({
    ...{ host: engine.host, clusterName: name, incarnation: 'aaaabbbbccccdddd', keep: true, loadFrom: 'auto' },
    ...{ kind: { path: 'kind', version: 'v0' }, engine: { name: 'docker', version: '28', id: engineName } },
    nodeImage: { reference: 'node', imageId: 'sha256:0', source: 'the test', workloadImage: 'image' },
    ...{
      kwokPath: null,
      assertRoom: async () => undefined,
      journal: openJournal('next', null, engineName),
      logsFolder: join(place, 'logs'),
    },
  });
  const recorder = { startNs: 0n, nowMs: () => 0, event: () => undefined, requests: () => undefined };
  await expect(backend.run(plan, recorder, new AbortController().signal)).rejects.toMatchObject({
    ...{ code: 'CLUSTER_UNCLEAN', exitCode: 75 },
    message: `Cluster ${name}: run killed was killed on it and left something to undo.`,
    next: 'npm run skipbeat -- cleanup',
  });
  const asked = engine.calls().map((call) => call.split(' ')[0]);
  expect(asked.filter((verb) => !['ps', 'inspect', 'version'].includes(verb ?? ''))).toEqual([]);
});
