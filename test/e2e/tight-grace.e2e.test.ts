import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../../src/calibration/index.ts';
import { requestOutcomes } from '../../src/timeline/index.ts';
import { numberText, type RunDocument, type WindowCheck } from '../../src/verdict/index.ts';
import { containers, leftovers, madeCluster, makePlace, skipbeat } from './support/harness.ts';

/** Runs a profile scenario for real, once, as a person would. */
const runOnce = (scenario: string) => {
  const place = makePlace();
  const folder = join(place.folder, 'run');
  let exitCode: number | undefined;
  let stdout = '';
  beforeAll(async () => {
    const ended = await skipbeat(place, ['run', scenario, '--out', folder]);
    exitCode = ended.exitCode;
    stdout = ended.stdout;
  });
  afterAll(place.remove);
  return {
    place,
    folder,
    document: (): RunDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument,
    exitCode: () => exitCode,
    stdout: (): readonly string[] => stdout.split('\n'),
  };
};

const outcomeSum = ({ requests }: RunDocument): number =>
  requestOutcomes.reduce((sum, outcome) => sum + (requests[outcome] ?? Number.NaN), 0);

describe('tight-grace on a real cluster', () => {
  const run = runOnce('tight-grace');

  test('passes: harm was expected and seen', () => {
    expect(run.stdout()[0]).toBe('  PASS  both expectations met');
    expect(run.exitCode()).toBe(0);
    expect(run.document()).toMatchObject({ verdict: 'pass', reasons: [], backend: 'kind', predicted: false });
  });

  test('both paused workers went NotReady, the control plane did not have to', () => {
    const { nodes } = run.document();
    expect(nodes.notReadyTransitions).toBeGreaterThanOrEqual(2);
    for (const worker of ['worker', 'worker2'])
      expect(nodes.byNode[worker]?.notReadyTransitions).toBeGreaterThanOrEqual(1);
    expect(Object.keys(nodes.byNode).sort()).toEqual(['control-plane', 'worker', 'worker2']);
  });

  test('clients were refused, and every request offered is accounted for once', () => {
    const document = run.document();
    expect(document.requests.refused).toBeGreaterThan(0);
    expect(outcomeSum(document)).toBe(document.requests.offered);
    // With this grace a node may go NotReady by itself, which costs requests before the fault, too.
    const steady = document.steps.find(({ name }) => name === 'steady');
    if (steady?.maxNotReady === 0) expect(document.requests.byPhase.steady?.refused).toBe(0);
    else expect(steady?.maxNotReady).toBeGreaterThan(0);
  });

  test('things happened in the order of the milestones, on one clock', () => {
    const { timing } = run.document();
    const milestones = [
      timing.faultStartMs,
      timing.firstNotReadyMs,
      timing.firstEndpointsEmptyMs,
      timing.firstRefusedMs,
      timing.lastRefusedMs,
    ];
    expect(milestones.filter((at) => at === null)).toEqual([]);
    // A watch on a busy machine tells of a cause up to half a second after a client met what it did.
    const seenLateMs = 500;
    milestones.slice(1).forEach((at, index) => {
      expect(Number(at), `link ${index + 1} of ${milestones.join(', ')}`).toBeGreaterThan(
        Number(milestones[index]) - seenLateMs,
      );
    });
    expect(Number(timing.lastReadyMs)).toBeGreaterThan(Number(timing.firstNotReadyMs));
  });

  test('first NotReady, first refused and recovery lay in the windows that the closed formulas give', () => {
    const { calibration, prediction, faults } = run.document();
    const checkOf = (milestone: string): WindowCheck => {
      const found = calibration.find((check) => check.link === milestone);
      if (found === undefined) throw new Error(`no ${milestone} in the calibration`);
      return found;
    };
    for (const milestone of ['notReady', 'refused', 'allReady'])
      expect(checkOf(milestone), milestone).toMatchObject({ fit: 'inside' });
    // Nobody has widened them: they are the plan's, and the slack is half a second a program between cause and sight,
    // and what this run's own injection took.
    const [fault] = faults;
    const injectionMs = Number(fault?.injectedMs) - Number(fault?.startMs);
    expect(checkOf('notReady').window).toEqual(prediction.notReadyAfterMs);
    expect(checkOf('notReady').slackMs).toEqual([500, 500 + injectionMs]);
    expect(checkOf('refused').window).toEqual(prediction.refusedAfterMs);
    expect(checkOf('refused').slackMs).toEqual([1500, 1500 + injectionMs]);
    const [from, to] = checkOf('allReady').window ?? [0, 0];
    expect(to - from).toBeCloseTo(Number(prediction.allReadyAfterUndoMs?.[1]), 3);
  });

  test('the milestones were held against runs of the model of the same plan, too, and shown', () => {
    const calibration = JSON.parse(readFileSync(join(run.folder, 'calibration.json'), 'utf8')) as Calibration;
    expect(calibration.model?.runs).toBeGreaterThan(0);
    expect(calibration.links.map(({ link: milestone }) => milestone)).toEqual(
      run.document().calibration.map(({ link: milestone }) => milestone),
    );
    for (const { link: milestone, model } of calibration.links)
      if (milestone === 'notReady') expect(model?.seen).toBeGreaterThan(0);
    expect(run.stdout().filter((line) => line.startsWith('  Calibration'))).toEqual([
      `  Calibration: closed formulas and ${numberText(calibration.model?.runs ?? null)} runs of the model`,
    ]);
  });

  test('all seven settings were read back from the live processes as asked', () => {
    const { settings, steps } = run.document();
    expect(settings).toMatchObject({ attested: true, differences: [] });
    expect(steps.find(({ name }) => name === 'cluster')?.detail).toBe('settings read back as configured (7 of 7)');
  });

  test('the pause was proved on both nodes at both ends, and undone', () => {
    const [fault] = run.document().faults;
    expect(fault).toMatchObject({
      kind: 'kubelet-pause',
      targets: ['worker', 'worker2'],
      attested: true,
      undone: true,
    });
    expect(fault?.evidence.filter((line) => line.includes('T (stopped)'))).toHaveLength(4);
  });

  test('heartbeat writes were measured: leases about every 10.2 s', () => {
    const rate = run.document().writes.leasePerNodeMinute;
    expect(rate).toBeGreaterThan(5.5);
    expect(rate).toBeLessThanOrEqual(6.1);
  });

  test('the folder holds the evidence, and nothing is left behind', async () => {
    const evidence = [
      'calibration.json',
      'events.ndjson',
      'plan.json',
      'requests.ndjson.gz',
      'run.json',
      'scenario.yaml',
    ];
    const reports = ['junit.xml', 'openmetrics.txt', 'report.html', 'summary.md'];
    const logs = ['commands.ndjson', 'kind.log', 'kind.yaml'].map((name) => join('logs', name));
    const files = (readdirSync(run.folder, { recursive: true }) as string[]).filter((name) => name !== 'logs');
    expect(files.sort()).toEqual([...evidence, ...reports, ...logs, 'manifest.json'].sort());
    const manifest = JSON.parse(readFileSync(join(run.folder, 'manifest.json'), 'utf8')) as {
      sha256: Record<string, string>;
    };
    expect(Object.keys(manifest.sha256)).toEqual(files.filter((name) => name !== 'manifest.json'));
    expect(statSync(join(run.folder, 'events.ndjson')).size).toBeGreaterThan(0);
    expect(leftovers(run.place)).toEqual([]);
    expect(await containers(`${madeCluster(run.folder)}-`)).toEqual([]);
  });

  test('a report from the saved folder says the same, byte for byte', async () => {
    const report = await skipbeat(run.place, ['report', run.folder, '--json']);
    expect(report.exitCode).toBe(0);
    expect(`${report.stdout}\n`).toBe(readFileSync(join(run.folder, 'run.json'), 'utf8'));
  });
});
