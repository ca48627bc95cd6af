import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProgram } from '../support/call-program.ts';
import { noEngine, runProgram } from '../support/program.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-given-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without an engine, so that what the program says does not depend on this machine's images. */
const skipbeat = (...argv: readonly string[]) => callProgram(argv, { cwd: folder, env: noEngine });

/** The same in a process of its own, which knows nothing of what others did. */
const started = (...argv: readonly string[]) => runProgram(argv, { cwd: folder, env: noEngine });

const fixture = (name: string): string => resolve(`test/fixtures/settings/${name}.yaml`);
const kubeadm = (name: string): readonly string[] => ['--kubeadm-config', fixture(name)];

describe('whatever takes a profile takes a file', () => {
  test('plan passes the flags of the file and no other', async () => {
    const { exitCode, stdout } = await skipbeat('plan', 'default', '--json', ...kubeadm('cluster-unreachable-alone'));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).profile.apiServerArgs).toEqual({ 'default-unreachable-toleration-seconds': '30' });
  });

  test('run keeps them in its scenario, from which the same plan can be made again', async () => {
    const out = join(folder, 'run');
    const { exitCode } = await skipbeat(
      ...['run', 'default', '--backend', 'model', '--out', out],
      ...kubeadm('init-flag-beats-file'),
      '--allow-unread',
    );
    expect(exitCode).toBe(0);
    const { profile } = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8'));
    expect(profile.kubeletConfiguration).toEqual({
      nodeStatusUpdateFrequency: '4s',
      nodeStatusReportFrequency: '20s',
    });
    const again = await started('plan', join(out, 'scenario.yaml'), '--json');
    expect(JSON.parse(again.stdout).profile).toEqual(profile);
  });

  test('sweep sweeps it alone, on the version that it names', async () => {
    const { exitCode, stdout } = await skipbeat(
      ...['sweep', '--pause', '30s', '--repeats', '2', '--json'],
      ...kubeadm('cluster-v1beta3'),
    );
    expect(exitCode).toBe(0);
    const { sweep, cells } = JSON.parse(stdout);
    expect(sweep).toMatchObject({ profiles: ['given'], kubernetesVersions: ['v1.30.4'] });
    expect(cells).toHaveLength(1);
    expect(cells[0].notReady.count).toBe(2);
  });

  test('a recommendation holds it against the limits', async () => {
    const { stdout } = await started(
      ...['recommend', '--survive-pause', '30s', '--json'],
      ...kubeadm('cluster-v1beta3'),
    );
    const [own] = JSON.parse(stdout).named;
    expect(own).toMatchObject({ name: 'given', surviveMs: 9600, breaks: ['survive'] });
  });

  test('matrix runs it as a row, and expects what the formulas are sure of', async () => {
    const out = join(folder, 'matrix');
    const { exitCode, stdout } = await skipbeat(
      ...['matrix', '--backend', 'model', '--out', out, '--json'],
      ...kubeadm('cluster-tolerations'),
    );
    expect(exitCode).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.cells.map(({ name }: { name: string }) => name)).toEqual(['v1.34.4-given']);
    expect(document.userConfig.apiServerArgs['default-unreachable-toleration-seconds']).toBe('30');
    expect(readFileSync(join(out, 'v1.34.4-given', 'scenario.yaml'), 'utf8').split('\n')).toContain('    max: 0');
  });

  test('review holds one file against several together', async () => {
    const asked = [
      ...['review', fixture('cluster-plain'), ...kubeadm('cluster-tolerations')],
      ...['--kubelet-config', fixture('kubelet-lease-20')],
    ];
    // The candidate alone has a KubeletConfiguration.
    expect(await skipbeat(...asked)).toMatchObject({ exitCode: 2 });
    const { exitCode, stdout } = await skipbeat(...asked, '--allow-unread');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('lease renewal 5s instead of 10s, eviction after NotReady 30s instead of 5m');
  });

  test('settings that no run can bring in are refused by all of them', async () => {
    const file = kubeadm('cluster-no-taint-eviction');
    for (const command of [
      ['plan', 'default'],
      ['run', 'default'],
      ['sweep'],
      ['matrix'],
      ['recommend', '--max-detect', '60s'],
    ]) {
      const { exitCode, stderr } = await skipbeat(...command, ...file);
      expect(exitCode).toBe(64);
      expect(stderr).toMatch(/^CONFIG_NOT_MODELLED .*leaves out the taint eviction controller/m);
    }
  });
});

const commands = [
  ['plan', 'default'],
  ['run', 'default', '--backend', 'model'],
  ['sweep', '--pause', '30s', '--repeats', '2'],
  ['matrix', '--backend', 'model'],
  ['recommend', '--max-detect', '60s'],
];

describe.each(commands)('%s %s', (...command) => {
  test('does not pass over patches unless that is asked for', async () => {
    const { exitCode, stderr } = await skipbeat(...command, ...kubeadm('init-patches'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^CONFIG_NOT_READ .*the patches in \/etc\/kubeadm\/patches may change every flag/m);
    expect(stderr).toMatch(/^Try: .*--allow-unread/m);
    const takesOut = command.includes('--backend');
    const out = takesOut ? ['--out', join(folder, `${command[0]}-without-patches`)] : [];
    const asked = [...kubeadm('init-patches'), '--allow-unread', ...out];
    expect((await skipbeat(...command, ...asked)).exitCode).toBe(0);
  });

  test('ends in 2 beside what no run has, and names it where it may be left out', async () => {
    const file = kubeadm('production-benchmark');
    const { exitCode, stderr } = await skipbeat(...command, ...file);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^\S+:25:12: not in this run: kube-apiserver --request-timeout=300s$/m);
    const out = command.includes('--backend') ? ['--out', join(folder, `${command[0]}-without-flags`)] : [];
    const ended = await skipbeat(...command, ...file, '--allow-unread', '--json', ...out);
    expect(ended.exitCode).toBe(0);
    // Of a matrix once for its table; the run folders of its cells have it in their own. A run has it in its findings and conditions.
    const times = command[0] === 'run' ? 2 : 1;
    expect(ended.stdout.match(/kube-apiserver --request-timeout=300s/g)).toHaveLength(times);
    expect(ended.stderr).toMatch(/:25:12: not in a run: kube-apiserver --request-timeout=300s$/m);
  });

  test('asks for a version where the files leave it open', async () => {
    const file = ['--kube-controller-manager-manifest', fixture('kcm-digest')];
    const { exitCode, stderr } = await skipbeat(...command, ...file);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^CONFIG_VERSION_UNKNOWN .*kcm-digest\.yaml:10:12: .*\nTry: .*--kubernetes/m);
  });
});

describe('review', () => {
  test('judges each side of an upgrade on its own version', async () => {
    const { exitCode, stdout } = await started('review', fixture('cluster-plain-131'), fixture('cluster-plain'));
    // Of another minor nobody knows here what else it changes.
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/nodeMonitorGracePeriod +40s +50s +changed/);
    expect(stdout).toMatch(/longest pause without a NotReady by the controller +29\.6s +39\.6s +better/);
  });

  test('knows when the first pod goes where the eviction rate is another, not what becomes of several nodes, and ends in 2', async () => {
    const { exitCode, stdout } = await skipbeat('review', fixture('cluster-plain'), fixture('cluster-eviction-rate'));
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/a silent node's first pod is evicted after at most +6m10\.1s +6m5\.1s +changed/);
    expect(stdout).toMatch(/several are silent +not known +not known +unknown/);
  });

  test('calls the eviction of no side the same where it is not modelled', async () => {
    const sides = [fixture('cluster-controllers-of-kubeadm'), fixture('cluster-no-taint-eviction')];
    const { exitCode, stdout } = await skipbeat('review', ...sides);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/eviction after NotReady +5m +5m +unknown/);
    expect(stdout).toMatch(
      /^candidate +on v1\.34\.1 these settings come next to profile default, but for what is not/m,
    );
  });

  test('calls two sides that are not known unknown, never the same', async () => {
    const file = fixture('cluster-grace-zero');
    const { exitCode, stdout } = await skipbeat('review', file, file);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/heartbeats of healthy nodes that flap +not known +not known +unknown/);
  });

  test('ends in 2 beside patches that it does not read, be the rest the same', async () => {
    const file = fixture('init-patches');
    const { exitCode, stdout } = await skipbeat('review', file, file);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/a dead node is NotReady after at most +1m +1m +unknown/);
    expect(stdout).toContain('not read: the patches in /etc/kubeadm/patches may change every flag and field');
  });

  test('is about the rest alone, patches and all, where that is asked for', async () => {
    const file = fixture('init-patches');
    const { exitCode, stdout } = await skipbeat('review', file, file, '--allow-unread');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('not read: the patches in /etc/kubeadm/patches may change every flag and field');
  });

  test.each([
    ['kubelet-lease-40', 'kubelet-lease-40'],
    ['kcm-digest', 'kcm-digest'],
    ['cluster-plain', 'kcm-digest'],
    ['cluster-stable', 'cluster-plain'],
  ])('%s and %s: what rests on a version that nobody named is unknown', async (base, candidate) => {
    const sides = [fixture(base), fixture(candidate)];
    const { exitCode, stdout } = await skipbeat('review', ...sides);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/version not known: figures take the defaults of v1\.34\.\d+: --kubernetes says/);
    expect(stdout).not.toMatch(/nodeMonitorGracePeriod +\S+ +\S+ +same/);
    // A component that one side alone speaks of is not read on the other: another doubt, left out here.
    const known = [...sides, '--kubernetes', 'v1.31', '--allow-unread'];
    const notified = await skipbeat('review', ...known);
    expect(notified).toMatchObject({ exitCode: 0 });
  });

  test('takes the version of the other side where one says nothing of it, and says so', async () => {
    const sides = [fixture('kubelet-lease-20'), fixture('cluster-plain')];
    const { exitCode, stdout } = await skipbeat('review', ...sides, '--allow-unread');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('names no version of Kubernetes: that of the other side is taken, v1.34.1');
  });
});
