import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileNames } from '../../src/profile/index.ts';
import { callProgram } from '../support/call-program.ts';
import { noEngine, runProgram } from '../support/program.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-sweep-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** In a folder of its own; without an engine, so that plans do not depend on this machine's images. */
const skipbeat = (...argv: readonly string[]) => callProgram(argv, { cwd: folder, env: noEngine });

/** The same in a process of its own, which knows nothing of what others computed. */
const started = (...argv: readonly string[]) => runProgram(argv, { cwd: folder, env: noEngine });

const small = ['sweep', '--profiles', 'default,tight-grace', '--pause', '5s..25s/20s', '--repeats', '5'];

describe('sweep', () => {
  test('says first what it will do, shows plain progress, and prints a heat map and a table in 80 columns', async () => {
    const { exitCode, stdout, stderr } = await started(...small, '--workers', '2');
    expect(exitCode).toBe(0);
    const [first = '', ...parts] = stderr.replaceAll(/(?<=about |took )[\dhms.]+/g, 'TIME').split('\n');
    expect([first, ...parts.slice(-2)]).toEqual([
      'predicted, nothing is run: 4 cells and 2 detections, 5 trials each, on 2 threads: at most about TIME',
      '100 %, 6 of 6 parts, took TIME',
      '',
    ]);
    expect(stdout).toBe(`predicted, nothing was run: the model, 5 trials a cell, seed 1
literal reading; all workers’ kubelets paused once; 2 replicas, 50 requests/s

3 nodes, Kubernetes v1.34.4

               dead node NotReady after: p5     p50     p95  writes/min  answer
  default                            48.3 s  49.6 s  57.7 s          19  9.999s
  tight-grace                         7.7 s   9.1 s  12.8 s          36      0s

  chance that clients are refused
  pause     default  tight-grace
  5s            0 %          0 %
  25s           0 %   ███  100 %

     pause  clients are refused    NotReady  evicted  node-s  unhealthy
  default
    5s…25s  0 of 5: at most 45 %        0 %      0 %       0          0
  tight-grace
        5s  0 of 5: at most 45 %        0 %      0 %       0          0
       25s  5 of 5: at least 55 %     100 %    100 %      56          0

refused: trials with a refused connection, and the 95 % interval of the chance
answer: longest answer of an API server with which all nodes stay Ready
node-s: median node-seconds NotReady · unhealthy: not recovered after 90 s
`);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('shards, merged, are the same bytes as the whole', async () => {
    const complete = await skipbeat(...small, '--json', '--seed', '3');
    for (const shard of ['1', '2']) {
      const { exitCode, stderr } = await started(
        ...small,
        '--seed',
        '3',
        '--shard',
        `${shard}/2`,
        '--out',
        `${shard}.json`,
      );
      expect(exitCode).toBe(0);
      expect(stderr.split('\n').slice(-2)).toEqual([`written to ${shard}.json`, '']);
    }
    const merged = await started('sweep', 'merge', '2.json', '1.json', '--json', '--out', 'all.json');
    expect(merged.exitCode).toBe(0);
    expect(merged.stdout).toBe(complete.stdout);
    expect(readFileSync(join(folder, 'all.json'), 'utf8')).toBe(complete.stdout);
    expect(JSON.parse(complete.stdout)).toMatchObject({ schemaVersion: 1, predicted: true, shard: null });
  });

  test('refuses all that is wrong at once', async () => {
    const { exitCode, stdout, stderr } = await skipbeat('sweep', '--profiles', 'fats', '--repeats', '0');
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      `SWEEP_INVALID  --profiles: expected profiles (${profileNames.join(', ')}), received "fats"; did you mean "fast"?
--repeats: expected an integer from 1 to 1000000, received "0"
Try: npm run skipbeat -- sweep --help
`,
    );
  });

  test('a file that cannot be written is refused before anything is simulated', async () => {
    const absent = await skipbeat(...small, '--out', 'no/such/folder.json');
    expect([absent.exitCode, absent.stdout]).toEqual([64, '']);
    const next = 'Try: --out FILE.json in a folder that is there';
    expect(absent.stderr).toBe(
      `SWEEP_OUT_INVALID  --out no/such/folder.json: expected a file in a folder that can be written, ENOENT: no such file or directory, access 'no/such'\n${next}\n`,
    );
    const directory = await skipbeat(...small, '--out', '.');
    expect([directory.exitCode, directory.stdout]).toEqual([64, '']);
    expect(directory.stderr).toBe(
      `SWEEP_OUT_INVALID  --out .: expected a file in a folder that can be written, received a folder\n${next}\n`,
    );
  });

  test('a result for which the disk is too full is not lost: it stands on stdout', async () => {
    symlinkSync('/dev/full', join(folder, 'full.json'));
    const { exitCode, stdout, stderr } = await skipbeat(...small, '--out', 'full.json');
    expect(exitCode).toBe(75);
    expect(stderr.split('\n').slice(-3)).toEqual([
      'SWEEP_NOT_WRITTEN  --out full.json: ENOSPC: no space left on device, write; the result stands on stdout instead.',
      'Try: npm run skipbeat -- sweep merge FILE, with what stdout holds in FILE, for the table',
      '',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, predicted: true });
  });

  test('recommends with exit 0, and with exit 1 says which limits exclude each other', async () => {
    const met = await skipbeat('recommend', '--max-detect', '60s', '--survive-pause', '20s', '--max-writes', '20000');
    expect([met.exitCode, met.stderr]).toEqual([0, '']);
    const found = met.stdout.split('\n');
    expect(found.slice(0, 10)).toEqual([
      'predicted by formula, nothing was run or simulated',
      '2,913 settings for 1,000 nodes of v1.34.4, held against',
      '  --max-detect 1m --survive-pause 20s --max-writes 20000',
      '',
      '58 settings keep to them and nothing beats (the Pareto front), fewest writes',
      'first:',
      '',
      '  reading       S  lease   P    G  detected  survived  writes/min  evicted',
      '  equivalent  30s     2m  1s  55s       57s     23.8s       2,200   6m7.1s',
      '  equivalent  20s  1m20s  1s  45s       47s     24.2s       3,200  5m57.1s',
    ]);
    const snippet = found.indexOf('The first one for kubeadm (the others with --json):');
    expect(found.slice(snippet + 1, found.indexOf('The named profiles (✗: beyond the limit):'))).toEqual([
      '',
      '  apiVersion: kubeadm.k8s.io/v1beta4',
      '  kind: ClusterConfiguration',
      '  controllerManager:',
      '    extraArgs:',
      '      - name: node-monitor-period',
      '        value: "1s"',
      '      - name: node-monitor-grace-period',
      '        value: "55s"',
      '  ---',
      '  apiVersion: kubelet.config.k8s.io/v1beta1',
      '  kind: KubeletConfiguration',
      '  nodeStatusUpdateFrequency: 30s',
      '  nodeStatusReportFrequency: 5m',
      '  nodeLeaseDurationSeconds: 120',
      '',
    ]);
    const unsaid = await skipbeat('recommend', '--max-detect', '60s', '--survive-pause', '30s');
    expect([unsaid.exitCode, unsaid.stderr]).toEqual([2, '']);
    expect(unsaid.stdout.split('\n').slice(4, 7).join(' ')).toBe(
      'No setting keeps to --survive-pause 30s: kubelets call their own nodes NotReady after it, at least one of 1,000 that freeze so long, with a chance of over 99 % by the mildest of these settings. Those below keep the controller alone from it.',
    );
    const unmet = await skipbeat('recommend', '--max-detect', '20s', '--survive-pause', '30s');
    expect(unmet.exitCode).toBe(1);
    expect(unmet.stdout.split('\n').slice(0, 12)).toEqual([
      'predicted by formula, nothing was run or simulated',
      '2,913 settings for 1,000 nodes of v1.34.4, held against',
      '  --max-detect 20s --survive-pause 30s',
      '',
      'No settings that were searched keep to all of them. What excludes what:',
      '',
      '  --max-detect 20s and --survive-pause 30s',
      '    - under --survive-pause 30s the soonest certain detection is 34s',
      '    - under --max-detect 20s pauses are surely survived below 16.96s',
      '',
      'The named profiles (✗: beyond the limit):',
      '',
    ]);
  });

  test('refuses a recommendation without a limit, for several sizes', async () => {
    const { exitCode, stderr } = await skipbeat('recommend', '--nodes', '3,4');
    expect(exitCode).toBe(64);
    expect(stderr).toBe(
      `RECOMMEND_INVALID  --nodes: expected an integer of at least 2, received "3,4" (one number alone)
recommend: expected a limit: --max-detect, --survive-pause, --max-writes, --max-evict or --min-answer
Try: npm run skipbeat -- recommend --max-detect 60s --survive-pause 20s --nodes 1000
`,
    );
  });

  test('prints what heartbeats cost', async () => {
    const { exitCode, stdout } = await started('cost', '--json');
    expect(exitCode).toBe(0);
    const row = (versions: string, how: string, [standard, tightGrace, fast, medium, slow]: readonly number[]) => ({
      ...{ versions, how },
      perThousandNodes: { default: standard, 'tight-grace': tightGrace, fast, medium, slow },
    });
    expect(JSON.parse(stdout).writesPerMinute).toEqual([
      row('to 1.13', 'no leases', [6000, 6000, 15_000, 3000, 1000]),
      row('1.14 to 1.16', 'by flag', [7000, 7000, 7000, 7000, 7000]),
      row('1.14.6, 1.15.3', 'in file', [7000, 12_000, 30_000, 9000, 7000]),
      row('1.16', 'in file', [7000, 12_000, 21_000, 9000, 7000]),
      row('from 1.17', 'by flag', [6200, 6200, 6200, 6200, 6200]),
      row('from 1.17', 'in file (literal)', [6200, 12_000, 21_000, 9000, 7000]),
      row('from 1.17', 'in file, lease 4 S', [6200, 12_000, 30_000, 6000, 2000]),
      row('from 1.17', 'F 5m (equivalent)', [6200, 6200, 15_200, 3200, 1200]),
    ]);
  });
});

describe('spellings of before', () => {
  test.each([
    [
      ['sweep', '--recommend', '--max-detect', '60s', '--nodes', '500'],
      'sweep --recommend: expected recommend',
      'recommend --max-detect 60s --nodes 500',
    ],
    [['sweep', '--max-evict', '6m'], 'sweep --max-evict: expected recommend', 'recommend --max-evict 6m'],
    [['sweep', '--writes', '--json'], 'sweep --writes: expected cost', 'cost --json'],
    [['merge', '1.json', '--out', 'all.json'], 'merge: expected sweep merge', 'sweep merge 1.json --out all.json'],
    [
      ['compare', 'a b.yaml', 'c.yaml', '--markdown'],
      'compare, of files of settings: expected review',
      "review 'a b.yaml' c.yaml --markdown",
    ],
    [
      ['compare', 'a.yaml', '--kubelet-config', 'k.yaml'],
      'compare, of files of settings: expected review',
      'review a.yaml --kubelet-config k.yaml',
    ],
  ])('%j is answered with the new one', async (argv, message, next) => {
    expect(await skipbeat(...argv)).toEqual({
      exitCode: 64,
      stdout: '',
      stderr: `COMMAND_MOVED  ${message}, received the spelling that it had before.\nTry: npm run skipbeat -- ${next}\n`,
    });
  });

  test.each([
    [
      ['sweep', '--recommend', '--workers', '2', '--repeats', '3'],
      'sweep --recommend: expected recommend, received the spelling that it had before, and what recommend does not take: --workers 2 --repeats 3.',
      ['recommend', '--max-detect', '60s'],
    ],
    [
      ['sweep', '--recommend', '--max-detect=90s', '--nodes', '3,500', '--kubernetes=v1.34', '--pause=5s'],
      'sweep --recommend: expected recommend, received the spelling that it had before, and what recommend does not take: --nodes 3,500 --pause=5s.',
      ['recommend', '--max-detect=90s', '--kubernetes=v1.34'],
    ],
    [
      ['sweep', '--writes', '--seed', '3', '--profiles', 'fast', '--json'],
      'sweep --writes: expected cost, received the spelling that it had before, and what cost does not take: --seed 3 --profiles fast.',
      ['cost', '--json'],
    ],
    [
      [
        'compare',
        'own.yaml',
        'own.yaml',
        '--seed',
        '3',
        '--kubelet-config',
        'k.yaml',
        '--kubernetes',
        'v1.34',
        '--json',
      ],
      'compare, of files of settings: expected review, received the spelling that it had before, and what review does not take: --seed 3 --kubelet-config k.yaml.',
      ['review', 'own.yaml', 'own.yaml', '--kubernetes', 'v1.34', '--json'],
    ],
  ])(
    '%j is answered with what the new command takes alone, and that is no usage error',
    async (argv, message, next) => {
      writeFileSync(
        join(folder, 'own.yaml'),
        'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnodeStatusUpdateFrequency: 5s\n',
      );
      expect(await skipbeat(...argv)).toEqual({
        exitCode: 64,
        stdout: '',
        stderr: `COMMAND_MOVED  ${message}\nTry: npm run skipbeat -- ${next.join(' ')}\n`,
      });
      const tried = await skipbeat(...next);
      expect([tried.exitCode === 64, tried.stderr]).toEqual([false, '']);
    },
  );

  test.each([
    [
      ['compare', 'own.yaml', '.'],
      'COMPARE_SIDES  compare: expected runs, each by its folder or its run.json, received a file of settings: own.yaml.',
      'compare BASE CANDIDATE   (two files of settings: npm run skipbeat -- review BASE.yaml CANDIDATE.yaml)',
    ],
    [
      ['compare', '.', '.', '--kubernetes', 'v1.34'],
      'COMPARE_SIDES  compare: expected runs, each by its folder or its run.json, received --kubernetes, which review has.',
      'compare BASE CANDIDATE   (two files of settings: npm run skipbeat -- review BASE.yaml CANDIDATE.yaml)',
    ],
    [
      ['review', '.', 'run.json'],
      'REVIEW_SIDES  review: expected files of settings, received what runs leave, or another folder: ., run.json.',
      'review BASE.yaml CANDIDATE.yaml   (two runs: npm run skipbeat -- compare BASE CANDIDATE)',
    ],
  ])('%j names the command for what was given', async (argv, message, next) => {
    writeFileSync(join(folder, 'own.yaml'), 'kind: KubeletConfiguration\n');
    expect(await skipbeat(...argv)).toEqual({
      exitCode: 64,
      stdout: '',
      stderr: `${message}\nTry: npm run skipbeat -- ${next}\n`,
    });
  });

  test('a file of another ending that is no run.json is refused in words', async () => {
    writeFileSync(join(folder, 'settings.conf'), 'kind: KubeletConfiguration\n');
    expect(await skipbeat('compare', 'settings.conf', '.')).toEqual({
      exitCode: 64,
      stdout: '',
      stderr:
        'EVIDENCE_UNREADABLE  settings.conf: expected a run.json, found a file that is no JSON.\n' +
        'Try: name a run folder that skipbeat wrote, such as runs/<time>-<scenario>\n',
    });
  });

  test('no help names them', async () => {
    expect((await skipbeat('sweep', '--help')).stdout).not.toMatch(/--recommend|--writes|--max-detect/);
    expect((await skipbeat('compare', '--help')).stdout).not.toMatch(/--kubeadm-config|--kubernetes/);
    expect((await skipbeat('--help')).stdout).not.toMatch(/^ {2}merge/m);
  });
});

describe('sweep merge', () => {
  test('refuses every file that is none of a sweep, at once', async () => {
    writeFileSync(join(folder, 'empty.json'), '{}');
    writeFileSync(join(folder, 'text.json'), 'x');
    const { exitCode, stdout, stderr } = await skipbeat('sweep', 'merge', 'empty.json', 'text.json', 'none.json');
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      `SWEEP_FILE_INVALID  empty.json: expected the JSON of a sweep (schemaVersion 1), found at schemaVersion: Invalid input: expected 1
text.json: expected the JSON of a sweep (schemaVersion 1), received something that is no JSON
none.json: expected a readable file, there is none
Try: npm run skipbeat -- sweep --shard 1/2 --out FILE.json
`,
    );
  });
});

describe('plan --simulate', () => {
  test('adds the chances and times of the model to the plan', async () => {
    const argv = ['plan', 'tight-grace', '--simulate', '60', '--json'];
    const { exitCode, stdout } = await skipbeat(...argv);
    expect(exitCode).toBe(0);
    const { scenario, simulation } = JSON.parse(stdout);
    expect(scenario).toBe('tight-grace');
    expect(simulation).toMatchObject({ predicted: true, runs: 60, seed: 1, notReady: { count: 60, trials: 60 } });
    expect(simulation.firstNotReadyMs.p5).toBeLessThanOrEqual(simulation.firstNotReadyMs.p95);
    expect((await started(...argv)).stdout).toBe(stdout);
  });

  test('prints them in 80 columns', async () => {
    const { stdout } = await skipbeat('plan', 'default', '--simulate', '20');
    // Commands of faults stand between them, to be pasted as they are.
    const [message = '', rest = ''] = stdout.split('\nCommands of the faults');
    const shown = message + rest.slice(rest.indexOf('\nPredicted by 20'));
    expect(shown).toBe(`default: Kubernetes' own defaults
Kubernetes v1.34.4 (assumed for v1.34: this machine has no node image of it)
1 control plane, 2 workers; profile default, literal reading

Settings that are passed
  none: the defaults of this version hold

What then holds
  lease       40s, renewed every 10s and up to 4 % later
  status      computed every 10s, posted unchanged every 5m
  monitor     every 5s, grace 50s
  eviction    tolerations of 5m, counted from the taint

What is done
  workload    2 replicas
  load        50 requests/s on fresh connections, timeout 1s
  entrance    through control-plane, which no fault touches
  steady      30s
  fault       24.3s, kubelet-pause on worker, worker2
  recover     within 1m30s every node is to be Ready again

What is expected
  nodes.notReadyTransitions ≤ 0
  requests.refused ≤ 0

Predicted by formula, nothing was run
  NotReady of a node that the fault hits: impossible
  requests lost: none of those due since the first fault

Predicted by 20 simulations, nothing was run (seed 1)
  chance of                             seen, and the 95 % interval
  a node NotReady                  0 %  0 of 20: at most 14 %
  a node NotReady by its own word  0 %  0 of 20: at most 14 %
  a pod evicted                    0 %  0 of 20: at most 14 %
  a request refused                0 %  0 of 20: at most 14 %
  no recovery in time              0 %  0 of 20: at most 14 %

  seconds since the first fault  p1  p5  p50  p95  p99  seen in
  requests lost                   0   0    0    0    0

  in no run: first node NotReady, last node NotReady, first NoExecute taint,
             first endpoint lost, no endpoint left, first refused, first pod
             evicted, first replacement Ready, all nodes Ready again, last
             refused
`);
    expect(shown.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('refuses a number that is none together with what else is wrong', async () => {
    const { exitCode, stdout, stderr } = await skipbeat('plan', 'default', '--simulate', '0', '--seed', 'x');
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      `SCENARIO_INVALID  --seed: seed: expected an integer from 0 to 4294967295, received "x" (string)
--simulate: expected an integer from 1 to 10000, received "0"
Try: give --seed, --simulate another value, or leave them out
`,
    );
  });
});
