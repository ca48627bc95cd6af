// A living cluster changes its profile in place: seconds until a controller manager leads again and every setting was
// read back, and until the workload is Ready again with its new tolerations. The goal is a median of 15 s at the most.
//   npm run bench:change -- --repeats 5
//   npm run bench:change -- --repeats 2 --topology ha

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { changeSettings, inspectCluster, kubeconfigPath, loadClient, openAccess } from '../src/cluster/index.ts';
import { openJournal } from '../src/journal/index.ts';
import { containerExec, hostExec } from '../src/node/index.ts';
import { makePlan } from '../src/plan/index.ts';
import { loadScenario } from '../src/scenario/index.ts';
import { requireKind } from '../src/setup/index.ts';
import { medianOf } from './load/measure.ts';

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '5' },
    topology: { type: 'string', default: 'single' },
    kubernetes: { type: 'string', default: 'v1.34' },
  },
});
const repeats = Number(values.repeats);
if (!Number.isInteger(repeats) || repeats < 1)
  throw new Error(`--repeats: expected an integer from 1, received ${values.repeats}`);

const goalSeconds = 15;
const root = fileURLToPath(new URL('../', import.meta.url));
const { nodeImage } = await requireKind(values.kubernetes);
const kubernetesVersion = nodeImage.kubernetesVersion;
const cluster = 'skipbeat-bench-change';
const folder = mkdtempSync(join(tmpdir(), 'skipbeat-bench-'));
process.env.SKIPBEAT_STATE_DIR = join(folder, 'state');

const skipbeat = (...args: readonly string[]) => execa(process.execPath, [join(root, 'src/main.ts'), ...args]);
const planOf = (profile: string) => {
  const set = (path: readonly string[], value: string) => ({ origin: 'the bench', path, value });
  const overrides = [set(['cluster', 'kubernetes'], kubernetesVersion), set(['cluster', 'topology'], values.topology)];
  return makePlan(loadScenario(profile, { overrides }).scenario, { kubernetesVersion });
};

const journal = openJournal('bench-change', null, null);
try {
  await skipbeat(
    ...['run', join(root, 'test/fixtures/scenarios/short.yaml'), '--backend', 'kind', '--profile', 'default'],
    ...['--cluster', 'bench-change', '--keep-cluster', '--kubernetes', kubernetesVersion],
    ...['--set', `cluster.topology=${values.topology}`, '--out', join(folder, 'run')],
  );
  const access = openAccess(await loadClient(), kubeconfigPath(cluster), null);
  const seen = { settings: [] as number[], entire: [] as number[] };
  for (let turn = 0; turn < repeats; turn += 1) {
    for (const profile of ['tight-grace', 'fast', 'medium', 'slow', 'default']) {
      const inspected = await inspectCluster(hostExec, cluster);
      if (inspected === null) throw new Error('the cluster is gone');
      const changed = await changeSettings({
        cluster: inspected,
        plan: planOf(profile),
        access,
        exec: containerExec(hostExec),
        journal,
        logsFolder: join(folder, 'logs'),
        signal: new AbortController().signal,
      });
      if (changed === null) throw new Error(`nothing was to be changed for ${profile}`);
      seen.settings.push(changed.tookMs / 1000);
      seen.entire.push((changed.tookMs + changed.podsMs) / 1000);
      process.stdout.write(
        `  to ${profile.padEnd(12)} ${(changed.tookMs / 1000).toFixed(1).padStart(5)} s, with the workload ${((changed.tookMs + changed.podsMs) / 1000).toFixed(1).padStart(5)} s  (${changed.what})\n`,
      );
    }
  }
  const median = medianOf(seen.settings);
  process.stdout.write(
    `median of ${seen.settings.length}: ${median.toFixed(1)} s, with the workload ${medianOf(seen.entire).toFixed(1)} s; at most ${goalSeconds} s is asked for: ${median <= goalSeconds ? 'met' : 'NOT met'}\n`,
  );
  process.exitCode = median <= goalSeconds ? 0 : 1;
} finally {
  await skipbeat('cleanup', '--cluster', 'bench-change');
  journal.close();
  rmSync(folder, { recursive: true, force: true });
}
