import { describe, expect, test } from 'vitest';
import { listText } from '../../src/cli/list.ts';
import { planText } from '../../src/cli/plan/plan-text.ts';
import { makePlan } from '../../src/plan/index.ts';
import { checkScenario, loadScenario, scenarioNames } from '../../src/scenario/index.ts';

describe('a plan for people', () => {
  test('says what is passed, what holds, what is done and what formulas say', () => {
    const plan = makePlan(loadScenario('fast').scenario, { kubernetesVersion: 'v1.34.4' });
    expect(planText(plan, 'the v1.34 that this machine has', 80)).toBe(`fast: Fast updates, fast reaction
Kubernetes v1.34.4 (the v1.34 that this machine has)
1 control plane, 2 workers; profile fast, literal reading

Settings that are passed
  kube-controller-manager   --node-monitor-period=2s
  kube-controller-manager   --node-monitor-grace-period=20s
  kube-apiserver            --default-not-ready-toleration-seconds=30
  kube-apiserver            --default-unreachable-toleration-seconds=30
  KubeletConfiguration      nodeStatusUpdateFrequency: 4s

What then holds
  lease       40s, renewed every 10s and up to 4 % later
  status      computed every 4s, posted unchanged every 4s
  monitor     every 2s, grace 20s
  eviction    tolerations of 30s, counted from the taint

What is done
  workload    2 replicas
  load        50 requests/s on fresh connections, timeout 1s
  entrance    through control-plane, which no fault touches
  steady      30s
  fault       24.3s, kubelet-pause on worker, worker2
  recover     within 1m30s every node is to be Ready again

What is expected
  nodes.notReadyTransitions ≥ 1
  requests.refused ≥ 1
  pods.evicted ≤ 0
  pods.unavailableSeconds ≤ 100

Predicted by formula, nothing was run
  NotReady of a node that the fault hits: certain
  seconds                 from     to   after the start of
  first node NotReady     11.7   24.0   the first fault
  last node NotReady      11.7   24.5   the first fault
  first NoExecute taint   11.7   34.1   the first fault
  first endpoint lost     11.7   24.5   the first fault
  no endpoint left        11.7   24.5   the first fault
  first refused           11.7   25.5   the first fault
  all nodes Ready again    0.0    4.2   its undo
  last refused             0.0   11.0   its undo
  requests lost: 0 to 1,182 of those due since the first fault get no answer
  no window for: first pod evicted, first replacement Ready

Good to know
  - on v1.34.4 nodeStatusUpdateFrequency 4s leaves leases at 10s and makes each
    kubelet post its whole status every 4s: 21 heartbeat writes a minute and
    node
  - tolerations of 30s count from the taint: pods go 50s to 52s after the last
    heartbeat; the pod-eviction-timeout of v1.26 and before meant 30s to 32s
  - nodeMonitorGracePeriod 20s is shorter than the 45s in which a kubelet gives
    up a dead connection: one lost connection can make a healthy node NotReady

Commands of the faults, on a real cluster
  # kubelet-pause-1 on worker
  docker exec skipbeat-fast-worker sh -c '
  pid=\${SKIPBEAT_TOLD%% *}
  [ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
  state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
  
  kill -s STOP "$pid" || exit
  for try in $(seq 100); do state | grep -q '\\'' T'\\'' && break; sleep 0.01; done
  state
  '
  # its undo
  docker exec skipbeat-fast-worker sh -c '
  pid=\${SKIPBEAT_TOLD%% *}
  [ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
  state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
  
  state
  kill -s CONT "$pid"
  '
  # kubelet-pause-1 on worker2
  docker exec skipbeat-fast-worker2 sh -c '
  pid=\${SKIPBEAT_TOLD%% *}
  [ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
  state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
  
  kill -s STOP "$pid" || exit
  for try in $(seq 100); do state | grep -q '\\'' T'\\'' && break; sleep 0.01; done
  state
  '
  # its undo
  docker exec skipbeat-fast-worker2 sh -c '
  pid=\${SKIPBEAT_TOLD%% *}
  [ -n "$pid" ] || pid=$(systemctl show --property MainPID --value kubelet.service) && [ "$pid" -gt 0 ] || exit 3
  state() { while read -r key value; do if [ "$key" = State: ]; then echo "$pid $value"; fi; done < "/proc/$pid/status"; }
  
  state
  kill -s CONT "$pid"
  '
`);
  });

  test('says so where a profile passes nothing and nothing can happen', () => {
    const plan = makePlan(loadScenario('default').scenario, { kubernetesVersion: 'v1.34.4' });
    const text = planText(plan, 'as asked for', 80);
    expect(text.split('\nCommands of the faults')[0]?.split('\n')).toEqual([
      "default: Kubernetes' own defaults",
      'Kubernetes v1.34.4 (as asked for)',
      '1 control plane, 2 workers; profile default, literal reading',
      '',
      'Settings that are passed',
      '  none: the defaults of this version hold',
      '',
      'What then holds',
      '  lease       40s, renewed every 10s and up to 4 % later',
      '  status      computed every 10s, posted unchanged every 5m',
      '  monitor     every 5s, grace 50s',
      '  eviction    tolerations of 5m, counted from the taint',
      '',
      'What is done',
      '  workload    2 replicas',
      '  load        50 requests/s on fresh connections, timeout 1s',
      '  entrance    through control-plane, which no fault touches',
      '  steady      30s',
      '  fault       24.3s, kubelet-pause on worker, worker2',
      '  recover     within 1m30s every node is to be Ready again',
      '',
      'What is expected',
      '  nodes.notReadyTransitions ≤ 0',
      '  requests.refused ≤ 0',
      '',
      'Predicted by formula, nothing was run',
      '  NotReady of a node that the fault hits: impossible',
      '  requests lost: none of those due since the first fault',
      '',
    ]);
  });

  test('calls no loss certain that a fault may find, where nodes flap by themselves', () => {
    const plan = makePlan(loadScenario('tight-grace').scenario, { kubernetesVersion: 'v1.34.4' });
    expect(plan.prediction.flap).toBe('certain');
    expect(planText(plan, 'as asked for', 120)).toContain(
      '\n  NotReady of a node that the fault hits: certain, if the fault does not find one NotReady already\n',
    );
  });

  test('where no formula tells, what is to be typed next is the command that was typed, with simulations', () => {
    const lossy = makePlan(loadScenario('lossy-bursts').scenario, { kubernetesVersion: 'v1.34.4' });
    const text = planText(lossy, 'as asked for', 200, {
      typed: ['plan', 'my files/a.yaml', '--set', "title=it's"],
      losses: null,
    });
    expect(text.split('\n').filter((line) => line.includes('simulations'))).toEqual([
      `  NotReady of a node: no formula for netem-1; ask simulations: npm run skipbeat -- plan 'my files/a.yaml' --set 'title=it'\\''s' --simulate 200`,
    ]);
    expect(planText(lossy, 'as asked for', 200)).toContain(' -- plan lossy-bursts --simulate 200\n');
    const last = planText(lossy, 'as asked for', 200, {
      typed: ['plan', '--seed', '7', '--', '-a.yaml'],
      losses: null,
    });
    expect(last).toContain(' -- plan --seed 7 --simulate 200 -- -a.yaml\n');
  });

  test('has a row for every window that the plan predicts, and names what has none', () => {
    const plan = makePlan(loadScenario('tight-grace').scenario, { kubernetesVersion: 'v1.34.4' });
    const { requestsLost, ...times } = plan.prediction;
    const windows = Object.values(times).filter((value) => Array.isArray(value));
    const rowsOf = (text: string): readonly string[] => text.match(/^ {2}.* {3}(the first fault|its undo)$/gm) ?? [];
    const numbers = (line: string): string => (line.match(/[\d.]+/g) ?? []).join(' ');
    const shown = rowsOf(planText(plan, 'as asked for', 80));
    expect(shown).toHaveLength(10);
    expect(shown.map(numbers).toSorted()).toEqual(
      windows.map((window) => window.map((ms: number) => (ms / 1000).toFixed(1)).join(' ')).toSorted(),
    );
    expect(planText(plan, 'as asked for', 80)).toContain(
      `\n  requests lost: ${requestsLost?.map((count) => count.toLocaleString('en')).join(' to ')} of those due since the first fault get no answer\n`,
    );
    // Of a cut that leaves one worker as it was.
    const cut = makePlan(loadScenario('partition').scenario, { kubernetesVersion: 'v1.34.4' });
    const text = planText(cut, 'as asked for', 80);
    expect(rowsOf(text)).toHaveLength(7);
    expect(text).toContain('\n  no window for: no endpoint left, first refused, last refused\n');
    // Pods may go from a node that stays Ready.
    const { scenario } = checkScenario(
      'name: a\nprofile: slow\nphases: [{fault: 30s, inject: [{kind: partition, target: {nodes: [worker2]}}, {kind: out-of-service, target: {nodes: [worker2]}, after: 9s}]}]',
      'a.yaml',
    );
    const ready = planText(makePlan(scenario, { kubernetesVersion: 'v1.34.4' }), 'as asked for', 80);
    expect(ready).toContain('\n  NotReady of a node that the fault hits: impossible\n');
    expect(ready).toMatch(/\n {2}no window for: [^:]+first pod\s+evicted/);
    const lossy = makePlan(loadScenario('lossy-bursts').scenario, { kubernetesVersion: 'v1.34.4' });
    const simulated = planText(lossy, 'as asked for', 80, {
      typed: ['plan', 'lossy-bursts'],
      losses: { count: 3, trials: 200 },
    });
    expect(rowsOf(simulated)).toEqual([]);
    expect(simulated.replace(/\n +/g, ' ')).toContain(
      'no window for: first node NotReady, last node NotReady, first NoExecute taint, first endpoint lost, no endpoint left, first refused, first pod evicted, first replacement Ready, all nodes Ready again, last refused, requests lost; by simulation: see below\n',
    );
  });

  test.each(['v1.20.2', 'v1.26.0', 'v1.34.4'])(
    'fits 80 columns on %s, also with every node hit',
    (kubernetesVersion) => {
      // No profile of v1.20 has a shutdownGracePeriod.
      const names = scenarioNames().filter((name) => name !== 'node-shutdown' || kubernetesVersion !== 'v1.20.2');
      for (const name of names) {
        const { scenario } = loadScenario(name, {
          overrides: [
            { origin: '--set', path: ['cluster', 'workers'], value: 20 },
            { origin: '--set', path: ['cluster', 'kubernetes'], value: kubernetesVersion },
            { origin: '--set', path: ['title'], value: 'long words '.repeat(9).trim() },
          ],
        });
        const text = planText(makePlan(scenario, { kubernetesVersion }), 'as asked for', 80);
        // Commands are there to be pasted, and stay as they are.
        const [message = ''] = text.split('\nCommands of the faults');
        for (const line of message.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
      }
    },
  );

  test('writes every bound of an expectation, and a timeout that evicts', () => {
    const text = `name: a
profile: fast
cluster: {kubernetes: v1.26.0}
load: {connection: both}
phases: [{steady: 1s}]
expect: [{figure: requests.ok, min: 1, max: 3}, {figure: pods.evicted, equals: 0}]
`;
    const plan = makePlan(checkScenario(text, 'x.yaml').scenario, { kubernetesVersion: 'v1.26.0' });
    const shown = planText(plan, 'as asked for', 80);
    expect(shown.split('\nCommands of the faults')[0]?.split('\n')).toEqual([
      'a: a',
      'Kubernetes v1.26.0 (as asked for)',
      '1 control plane, 2 workers; profile fast, literal reading',
      '',
      'Settings that are passed',
      '  kube-controller-manager   --node-monitor-period=2s',
      '  kube-controller-manager   --node-monitor-grace-period=20s',
      '  kube-controller-manager   --pod-eviction-timeout=30s',
      '  kube-controller-manager   --enable-taint-manager=false',
      '  KubeletConfiguration      nodeStatusUpdateFrequency: 4s',
      '',
      'What then holds',
      '  lease       40s, renewed every 10s and up to 4 % later',
      '  status      computed every 4s, posted unchanged every 4s',
      '  monitor     every 2s, grace 20s',
      '  eviction    pod-eviction-timeout of 30s, counted from the last heartbeat',
      '',
      'What is done',
      '  workload    2 replicas',
      '  load        50 requests/s on fresh and kept connections, timeout 1s',
      '  entrance    through worker, which no fault touches',
      '  steady      1s',
      '',
      'What is expected',
      '  requests.ok ≥ 1 and ≤ 3',
      '  pods.evicted = 0',
      '',
      'Predicted by formula, nothing was run',
      '  NotReady of a node that the fault hits: impossible',
      '',
      'Good to know',
      '  - on v1.26.0 nodeStatusUpdateFrequency 4s leaves leases at 10s and makes each',
      '    kubelet post its whole status every 4s: 21 heartbeat writes a minute and',
      '    node',
      '  - pod-eviction-timeout 30s counts from the last heartbeat, not from NotReady:',
      '    pods go 30s to 32s after the last heartbeat',
      '  - nodeMonitorGracePeriod 20s is shorter than the 45s in which a kubelet gives',
      '    up a dead connection: one lost connection can make a healthy node NotReady',
      '',
    ]);
  });
});

test('the list stands in columns, and long titles wrap beside them', () => {
  const row = { profile: 'fast', reading: 'literal', kubernetes: 'v1.34' };
  expect(
    listText(
      [
        { ...row, name: 'a', title: 'Short' },
        { ...row, name: 'much-longer', title: 'A title that is far too long for one line of a narrow terminal' },
      ],
      70,
    ),
  ).toBe(`name          profile   kubernetes   title
a             fast      v1.34        Short
much-longer   fast      v1.34        A title that is far too long for
                                     one line of a narrow terminal
`);
});
