import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelBackend } from '../../src/backend/model/index.ts';
import { packageVersion } from '../../src/common/package.ts';
import { makePlan } from '../../src/plan/index.ts';
import {
  executeRepeats,
  holdsRepeats,
  readRepeatsFolder,
  readRunFolder,
  writeRepeatsReports,
} from '../../src/run/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { callProgram } from '../support/call-program.ts';
import { bytesOf, type ModelRun, modelRun } from './model-run.ts';

// What somebody would try who wants a pass out of evidence that is none. The run that they start from passes.

let run: ModelRun;
let other: ModelRun;
beforeAll(async () => {
  [run, other] = [await modelRun(), await modelRun('default')];
});
afterAll(() => {
  run.remove();
  other.remove();
});

const report = (...args: readonly string[]) => callProgram(['report', '--no-color', ...args], { cwd: run.folder });

/** What reading a folder comes to: its verdict, or the code of the refusal. */
const outcomeOf = async (folder: string, acceptChanges = false): Promise<string> => {
  try {
    return (await readRunFolder(folder, { acceptChanges })).document.verdict;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

const edit = (folder: string, file: string, change: (text: string) => string): void => {
  const path = join(folder, file);
  if (!file.endsWith('.gz')) writeFileSync(path, change(readFileSync(path, 'utf8')));
  else writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(path)).toString())));
};

/** Takes the sum of a file anew, as whoever edited it can. */
const forgeSum = (folder: string, file: string): void => {
  const sum = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');
  edit(folder, 'manifest.json', (text) => {
    const manifest = JSON.parse(text) as { sha256: Record<string, string> };
    return JSON.stringify({ ...manifest, sha256: { ...manifest.sha256, [file]: sum } });
  });
};

const evidence = ['scenario.yaml', 'plan.json', 'events.ndjson', 'requests.ndjson.gz'] as const;

const harmless = (text: string): string =>
  text.replaceAll('"outcome":"refused"', '"outcome":"timeout"').replaceAll('"ECONNREFUSED"', '"TIMEOUT_CONNECT"');

test('the run that is tampered with passes as it was left', async () => {
  expect(await outcomeOf(run.folder)).toBe('pass');
});

describe('evidence without its seal never passes', () => {
  test('an edited record whose manifest was removed is inconclusive, every format says why, and report cannot wash it', async () => {
    const folder = run.copy();
    edit(folder, 'requests.ndjson.gz', harmless);
    rmSync(join(folder, 'manifest.json'));
    for (const _ of ['first', 'second']) {
      const { exitCode, stdout } = await report(folder);
      expect(exitCode).toBe(2);
      expect(stdout).toBe(`  predicted, nothing was run: every figure comes from the model
  INCONCLUSIVE  neither pass nor fail: the evidence is not as its run left it
    - manifest.json: expected the seal that a run leaves at its end, found none:
      no sum proves that the files are as it left them
    … and 1 more in run.json

                                expected   modelled
  ✗ requests.refused                 ≥ 1          0 of 4,232 (0.0 %)
  ✓ nodes.notReadyTransitions        ≥ 1          2

              NotReady      ok   refused   timeout   other      p99
    steady           0   1,500         0         0       0   1.0 ms
    fault            2     583         0       632       0   1.0 ms
    recover          2     954         0       563       0   1.0 ms
    all              2   3,037         0     1,195       0   1.0 ms

    since the fault         modelled      by formula
    first node NotReady       11.6 s    0.0 … 20.5 s   inside
    no endpoint left          11.6 s    0.0 … 21.5 s   inside
    first refused                  –    0.0 … 23.0 s
    first pod evicted         21.7 s    8.6 … 41.1 s   inside
    last node Ready again     34.5 s   23.3 … 35.7 s   inside
    last refused                   –   22.3 … 47.7 s

  Writes    5.9 leases, 5.9 status posts per node and minute
  Evidence  ${folder}  (unsealed)
  Try       npm run scenario -- ${folder}/scenario.yaml --backend model
`);
      expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toMatchObject({
        verdict: 'inconclusive',
        evidence: {
          sealed: false,
          why: [
            'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them',
            'requests.ndjson.gz: expected the 4232 requests that the model makes of plan.json, found 4232 of which some are others; another model made it, or it was edited',
          ],
        },
      });
      for (const file of ['summary.md', 'junit.xml', 'report.html', 'openmetrics.txt']) {
        const text = readFileSync(join(folder, file), 'utf8');
        expect([file, text.includes('expected the seal that a run leaves at its end')]).toEqual([file, true]);
      }
      expect(readFileSync(join(folder, 'openmetrics.txt'), 'utf8')).toMatch(/^skipbeat_evidence_sealed\{.*\} 0$/m);
    }
    rmSync(join(folder, 'manifest.json'));
    expect(await outcomeOf(folder)).toBe('inconclusive');
  });

  test.each([
    ['scenario.yaml', (text: string) => `${text}# all was well\n`],
    ['plan.json', (text: string) => text.replace('"title": "', '"title": "My ')],
    ['events.ndjson', (text: string) => text.replace('"NodeStatusUnknown"', '"Nothing"')],
    ['requests.ndjson.gz', harmless],
  ])('%s, edited, is refused, and taken as it is it proves nothing', async (file, change) => {
    const folder = run.copy();
    edit(folder, file, change);
    expect(await outcomeOf(folder)).toBe('EVIDENCE_UNREADABLE');
    expect(await outcomeOf(folder, true)).toBe('inconclusive');
  });

  test('--accept-changes washes nothing: the next report refuses as the first did', async () => {
    const folder = run.copy();
    edit(folder, 'requests.ndjson.gz', harmless);
    expect((await report(folder)).exitCode).toBe(64);
    expect((await report(folder, '--accept-changes')).exitCode).toBe(2);
    expect((await report(folder)).exitCode).toBe(64);
    expect((await report(folder, '--accept-changes', '--format', 'none')).exitCode).toBe(2);
  });

  test.each([...evidence, 'manifest.json'])('%s, removed', async (file) => {
    const folder = run.copy();
    rmSync(join(folder, file));
    expect(await outcomeOf(folder)).not.toBe('pass');
    rmSync(join(folder, 'manifest.json'), { force: true });
    expect(await outcomeOf(folder)).not.toBe('pass');
  });

  test('a compressed record that was cut short', async () => {
    const folder = run.copy();
    const path = join(folder, 'requests.ndjson.gz');
    writeFileSync(path, readFileSync(path).subarray(0, 2000));
    expect(await outcomeOf(folder)).toBe('EVIDENCE_UNREADABLE');
    forgeSum(folder, 'requests.ndjson.gz');
    expect(await outcomeOf(folder)).toBe('inconclusive');
  });

  test('a file that the manifest does not list is refused by its name, and taken it proves nothing', async () => {
    const folder = run.copy();
    writeFileSync(join(folder, 'notes.txt'), 'all was well');
    await expect(readRunFolder(folder)).rejects.toThrow(
      'notes.txt: expected no file of this name, for manifest.json does not list it',
    );
    expect(await outcomeOf(folder, true)).toBe('inconclusive');
  });

  test('a manifest that no longer names the file that was edited', async () => {
    const folder = run.copy();
    edit(folder, 'requests.ndjson.gz', harmless);
    edit(folder, 'manifest.json', (text) => text.replace(/\s*"requests\.ndjson\.gz": "\w+",/, ''));
    await expect(readRunFolder(folder)).rejects.toThrow('requests.ndjson.gz: expected no file of this name');
  });

  test('a folder that the manifest has a sum of is refused, not a fault of the program', async () => {
    const folder = run.copy();
    mkdirSync(join(folder, 'logs'), { recursive: true });
    edit(folder, 'manifest.json', (text) => text.replace('"sha256": {', `"sha256": {"logs": "${'0'.repeat(64)}",`));
    await expect(readRunFolder(folder)).rejects.toThrow('logs: expected a file, found a link or a folder');
  });

  test.each([...evidence, 'manifest.json'])('%s as a link to what lies elsewhere', async (file) => {
    const folder = run.copy();
    rmSync(join(folder, file));
    symlinkSync(join(run.folder, file), join(folder, file));
    await expect(readRunFolder(folder)).rejects.toThrow(`${file}: expected a file, found a link or a folder`);
  });

  test.each(evidence)('%s of another run', async (file) => {
    const folder = run.copy();
    cpSync(join(other.folder, file), join(folder, file));
    expect(await outcomeOf(folder)).not.toBe('pass');
    forgeSum(folder, file);
    expect(await outcomeOf(folder)).not.toBe('pass');
    rmSync(join(folder, 'manifest.json'));
    expect(await outcomeOf(folder)).not.toBe('pass');
  });
});

describe('a file that was edited together with its sum is found where it contradicts another', () => {
  test('a plan that expects less than its scenario is named by the paths that differ', async () => {
    const folder = run.copy();
    edit(folder, 'plan.json', (text) => {
      const plan = JSON.parse(text);
      plan.expectations[0].min = 0.5;
      plan.load.timeoutMs = 30_000;
      return JSON.stringify(plan);
    });
    forgeSum(folder, 'plan.json');
    const { document } = await readRunFolder(folder);
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: [
        'plan.json: expected the plan that this skipbeat makes of scenario.yaml, found another load.timeoutMs, expectations[0].min; another version of skipbeat made it, or it was edited',
      ],
    });
  });

  test.each([
    ['requests left out at the end', 'requests.ndjson.gz', (text: string) => text.split('\n').slice(0, -50).join('\n')],
    [
      'requests that were due at another time',
      'requests.ndjson.gz',
      (text: string) => text.replace(/"dueMs":\d+/, '"dueMs":1'),
    ],
    [
      'an end of the load that counts fewer',
      'events.ndjson',
      (text: string) => text.replace(/"offered":\d+/, '"offered":10'),
    ],
    [
      'an event behind the end of the run',
      'events.ndjson',
      (text: string) => `${text.trimEnd()}\n{"atMs":99999999,"type":"note","text":"all was well"}\n`,
    ],
    [
      'a phase that a run which came to its end never had',
      'events.ndjson',
      (text: string) => text.replaceAll(/^.*"type":"step\.(started|ended)".*"kind":"recover".*\n/gm, ''),
    ],
    [
      'a setting that is called the same and is not',
      'events.ndjson',
      (text: string) => text.replace(/"observed":"[^"]*","same":true/, '"observed":"1h","same":true'),
    ],
    [
      'a fault on fewer nodes than were asked for',
      'events.ndjson',
      (text: string) => text.replace('"targets":["worker","worker2"]', '"targets":["worker"]'),
    ],
    [
      'a prediction that calls itself a run',
      'events.ndjson',
      (text: string) => text.replace('"backend":"model"', '"backend":"kind"'),
    ],
    [
      'a prediction with a date',
      'events.ndjson',
      (text: string) => text.replace('"startedAt":null', '"startedAt":"2026-01-01T00:00:00.000Z"'),
    ],
    ['no place of the run', 'events.ndjson', (text: string) => text.replace(/^.*"run\.place".*\n/m, '')],
    [
      'a refusal that is called an answer and keeps its code',
      'requests.ndjson.gz',
      (text: string) => text.replace('"outcome":"refused"', '"outcome":"ok"'),
    ],
    [
      'a request that went before it was due',
      'requests.ndjson.gz',
      (text: string) => text.replace(/"sentMs":[\d.]+/, '"sentMs":0'),
    ],
    ['no start of the run', 'events.ndjson', (text: string) => text.replace(/^.*\n/, '')],
    [
      'a fault that is not in the plan',
      'events.ndjson',
      (text: string) => text.replace('"fault":"kubelet-pause-1"', '"fault":"kubelet-pause-7"'),
    ],
  ])('%s', async (_, file, change) => {
    const folder = run.copy();
    edit(folder, file, change);
    forgeSum(folder, file);
    expect(await outcomeOf(folder)).toBe('inconclusive');
  });
});

/** A record in which nothing happened: all that says otherwise is left out of the events, and every request is answered. */
const uneventful = (folder: string): void => {
  edit(folder, 'events.ndjson', (text) => {
    const seen = new Set<string>();
    const isKept = (line: string): boolean => {
      const { type, node, pod, change, ready } = JSON.parse(line);
      if (type === 'node.taint' || type === 'kubernetes.event') return false;
      if (type !== 'node.ready' && type !== 'endpoints' && type !== 'pod') return true;
      if (type === 'endpoints' && !seen.has('endpoints')) {
        if (ready === 2) seen.add('endpoints');
        return true;
      }
      const key = `${type} ${node} ${pod} ${change}`;
      if (type === 'endpoints' || seen.has(key) || (change !== undefined && !['seen', 'ready'].includes(change)))
        return false;
      seen.add(key);
      return true;
    };
    return text
      .trimEnd()
      .split('\n')
      .filter(isKept)
      .map((line) => `${line}\n`)
      .join('');
  });
  edit(folder, 'requests.ndjson.gz', (text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const request = JSON.parse(line);
        return `${JSON.stringify({ ...request, endedMs: request.dueMs + 1, outcome: 'ok', status: 200, code: null })}\n`;
      })
      .join(''),
  );
  for (const file of ['events.ndjson', 'requests.ndjson.gz']) forgeSum(folder, file);
};

describe('a prediction is made again', () => {
  test('a consistent record of a run in which nothing happened is not what the model makes, and every format says so', async () => {
    const folder = run.copy();
    uneventful(folder);
    const { exitCode, stdout } = await report(folder);
    expect(stdout.split('\n')[1]).toBe('  INCONCLUSIVE  neither pass nor fail: the evidence is not as its run left it');
    expect(exitCode).toBe(2);
    const why = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).evidence.why;
    expect(why).toEqual([
      expect.stringMatching(/^events\.ndjson: expected what the model makes of plan\.json; line \d+: expected /),
      expect.stringMatching(
        /^requests\.ndjson\.gz: expected the \d+ requests that the model makes of plan\.json, found /,
      ),
    ]);
    for (const file of ['summary.md', 'junit.xml', 'report.html', 'openmetrics.txt']) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, text.includes('expected what the model makes of plan.json')]).toEqual([file, true]);
    }
    const compared = await callProgram(['compare', '--differs', 'profile', other.folder, folder], { cwd: run.folder });
    const said = why.map((one: string) => `  ${folder}: ${one}\n`).join('');
    expect([compared.exitCode, compared.stderr]).toEqual([
      2,
      `EVIDENCE_UNSEALED  ${folder}: expected runs as they were left, found otherwise:\n${said}Try: get the folder again from where it was made; --unsealed compares it and says so\n`,
    ]);
  });

  test.each([
    [
      'one instant',
      'events.ndjson',
      (text: string) => text.replace(/("atMs":\d+\.\d)(\d*),"type":"lease/, '$17,"type":"lease'),
      'events.ndjson: expected what the model makes of plan.json; line 5: expected lease.renewed at 6988.527 ms, found lease.renewed at 6988.57 ms',
    ],
    [
      'one latency',
      'requests.ndjson.gz',
      (text: string) => text.replace(/"endedMs":(\d+)/, '"endedMs":1$1'),
      'requests.ndjson.gz: expected the 4232 requests that the model makes of plan.json, found 4232 of which some are others',
    ],
  ])('%s that was changed', async (_, file, change, why) => {
    const folder = run.copy();
    edit(folder, file, change);
    forgeSum(folder, file);
    expect((await readRunFolder(folder)).document.evidence?.why).toEqual([
      `${why}; another model made it, or it was edited`,
    ]);
  });

  test('of another skipbeat the same record passes, and another one is not known', async () => {
    const folder = run.copy();
    const older = (text: string): string => text.replace(/"skipbeat": "[^"]*"/, '"skipbeat": "0.0.1"');
    edit(folder, 'manifest.json', older);
    expect(await outcomeOf(folder)).toBe('pass');
    uneventful(folder);
    const { document } = await readRunFolder(folder);
    expect(document.verdict).toBe('inconclusive');
    const unknown = `skipbeat 0.0.1 made it, and whether it is as that left it cannot be known by the model of ${packageVersion()}`;
    expect(document.reasons).toEqual([
      `events.ndjson: expected what the model makes of plan.json; line 66: expected node.ready at 51997.412 ms, found node.statusPosted at 57735.469 ms; ${unknown}`,
      `requests.ndjson.gz: expected the 4232 requests that the model makes of plan.json, found 4232 of which some are others; ${unknown}`,
    ]);
  });

  test('one that was stopped is the beginning of what the model makes', async () => {
    const folder = run.copy();
    const end = '{"atMs":40000,"type":"run.ended","outcome":"interrupted","reason":"stopped"}';
    edit(folder, 'events.ndjson', (text) => `${text.split('\n').slice(0, 40).join('\n')}\n${end}\n`);
    edit(folder, 'requests.ndjson.gz', (text) => `${text.split('\n').slice(0, 1000).join('\n')}\n`);
    for (const file of ['events.ndjson', 'requests.ndjson.gz']) forgeSum(folder, file);
    expect((await readRunFolder(folder)).document.evidence?.why ?? []).toEqual([]);
    edit(folder, 'requests.ndjson.gz', (text) => text.replace(/"endedMs":(\d+)/, '"endedMs":1$1'));
    forgeSum(folder, 'requests.ndjson.gz');
    expect((await readRunFolder(folder)).document.evidence?.why).toHaveLength(1);
  });
});

describe('of several repeats', () => {
  const makeSet = async (seed: number): Promise<string> => {
    const folder = join(run.folder, '..', `set-${seed}`);
    mkdirSync(folder);
    const { scenario, resolved } = loadScenario('tight-grace', {
      overrides: [
        { origin: 'test', path: ['repeats'], value: 3 },
        { origin: 'test', path: ['seed'], value: seed },
      ],
    });
    await executeRepeats({
      startedAt: new Date(),
      plan: makePlan(scenario, { kubernetesVersion: 'v1.34.4' }),
      backend: modelBackend(),
      folder,
      scenarioYaml: resolved,
      signal: new AbortController().signal,
      onRepeat: () => ({ listeners: [], ended: () => undefined }),
    });
    return folder;
  };
  const copyOf = (set: string): string => {
    const copy = `${set}-copy`;
    rmSync(copy, { recursive: true, force: true });
    cpSync(set, copy, { recursive: true });
    return copy;
  };
  const setOutcome = async (folder: string): Promise<string> => {
    try {
      return (await readRepeatsFolder(folder)).document.verdict;
    } catch (thrown) {
      return (thrown as { code: string }).code;
    }
  };
  let one: string;
  let two: string;
  beforeAll(async () => {
    [one, two] = [await makeSet(1), await makeSet(2)];
  });

  test('the set passes as it was left, and without its seal, or sealed by report, it does not', async () => {
    expect(await setOutcome(one)).toBe('pass');
    const folder = copyOf(one);
    rmSync(join(folder, 'manifest.json'));
    const read = await readRepeatsFolder(folder);
    expect(read.document).toMatchObject({ verdict: 'inconclusive', evidence: { sealed: false } });
    await writeRepeatsReports(folder, read);
    expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
    expect(await setOutcome(folder)).toBe('inconclusive');
    for (const file of ['run.json', 'summary.md', 'junit.xml', 'report.html', 'openmetrics.txt']) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, text.includes('expected the seal that a run leaves at its end')]).toEqual([file, true]);
    }
  });

  test.each([
    ['of another set', () => join(two, 'repeats', '02'), (text: string) => text],
    ['copied over another', () => join(one, 'repeats', '01'), (text: string) => text],
    [
      'copied over another and given its number',
      () => join(one, 'repeats', '01'),
      (text: string) => text.replace('"number": 1', '"number": 2'),
    ],
  ])('a repeat %s', async (_, from, change) => {
    const folder = copyOf(one);
    const place = join(folder, 'repeats', '02');
    rmSync(place, { recursive: true });
    cpSync(from(), place, { recursive: true });
    edit(place, 'plan.json', change);
    expect(await setOutcome(folder)).not.toBe('pass');
    forgeSum(place, 'plan.json');
    rmSync(join(folder, 'manifest.json'));
    expect(await setOutcome(folder)).not.toBe('pass');
    renameSync(place, `${place}-gone`);
  });

  test('a repeat that was picked from another set, with its own scenario and every sum anew', async () => {
    const folder = copyOf(one);
    cpSync(join(two, 'repeats', '02'), join(folder, 'repeats', '02'), { recursive: true });
    for (const file of Object.keys(bytesOf(join(folder, 'repeats', '02'))))
      forgeSum(folder, join('repeats', '02', file));
    await expect(readRepeatsFolder(folder)).rejects.toThrow('expected the plan that the whole has for it');
  });

  test('a sum of a repeat that no plan has is not waited for', async () => {
    const folder = copyOf(one);
    edit(folder, 'manifest.json', (text) => text.replace('"sha256": {', '"sha256": { "repeats/99999999999/a": "b",'));
    const { document } = await readRepeatsFolder(folder, { acceptChanges: true });
    expect([document.verdict, document.repeatsPlanned]).toEqual(['inconclusive', document.repeats.length]);
  });

  test('a file where repeats lie makes no set of a run', () => {
    const folder = join(copyOf(one), 'repeats', '01');
    writeFileSync(join(folder, 'repeats'), '');
    expect(holdsRepeats(folder)).toBe(false);
  });

  test('one in whose record nothing happened', async () => {
    const folder = copyOf(one);
    uneventful(join(folder, 'repeats', '02'));
    for (const file of ['events.ndjson', 'requests.ndjson.gz', 'manifest.json'])
      forgeSum(folder, join('repeats', '02', file));
    const { document } = await readRepeatsFolder(folder);
    expect(document.verdict).toBe('inconclusive');
    expect(document.evidence?.why).toEqual([
      'repeat 2: events.ndjson: expected what the model makes of plan.json; line 75: expected node.ready at 63339.407 ms, found lease.renewed at 69286.931 ms; another model made it, or it was edited',
      'repeat 2: requests.ndjson.gz: expected the 4044 requests that the model makes of plan.json, found 4044 of which some are others; another model made it, or it was edited',
    ]);
  });

  test('a record that is that of another repeat is named, whatever the plan beside it says', async () => {
    const folder = copyOf(one);
    const [first, second] = ['01', '02'].map((number) => join(folder, 'repeats', number)) as [string, string];
    for (const file of ['events.ndjson', 'requests.ndjson.gz']) {
      cpSync(join(first, file), join(second, file));
      forgeSum(second, file);
    }
    rmSync(join(folder, 'manifest.json'));
    const { document } = await readRepeatsFolder(folder);
    expect(document.verdict).toBe('inconclusive');
    expect(document.reasons).toEqual([
      'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them',
      'repeat 2: expected a record of its own, found that of repeat 1',
      'repeat 2: events.ndjson: expected what the model makes of plan.json; line 4: expected leader at 3322.811 ms, found leader at 3237.601 ms; another model made it, or it was edited',
      'repeat 2: requests.ndjson.gz: expected the 4044 requests that the model makes of plan.json, found 4259 of which some are others; another model made it, or it was edited',
    ]);
  });
});
