import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { summaryText } from '../../src/report/index.ts';
import { judge, type RunDocument } from '../../src/verdict/index.ts';
import { at, changed, defaultRun, event, type Run, ready, tightPlan, tightRun } from '../verdict/timeline-builder.ts';

const folder = 'runs/2026-11-24T08-03-11-tight-grace/';
const screen = { columns: 80, colour: false, folder, again: null };
const at80 = async ({ plan, events, requests }: Run): Promise<string> =>
  summaryText(await judge(plan, events, requests), plan, screen);

const strict: Plan = {
  ...tightPlan,
  expectations: [
    { figure: 'requests.ok', min: 1000, max: null, equals: null },
    { figure: 'nodes.notReadyTransitions', min: null, max: null, equals: 0 },
    { figure: 'requests.byPhase.fault.refused', min: null, max: 10, equals: null },
  ],
};

const unproved = changed(tightRun(), (event) => {
  if (event.type === 'fault.attested' && event.moment === 'end' && event.node === 'worker2') {
    return { ...event, state: 'absent', evidence: 'kubelet 271 is S (sleeping)' };
  }
  return event.type === 'step.ended' && event.name === 'recover'
    ? { ...event, outcome: 'timedOut', detail: 'not recovered within 90.0 s: worker2 NotReady' }
    : event;
});

/** Of a run of tight-grace in which all was seen. */
const figures = `\
                                expected   observed
  ✓ nodes.notReadyTransitions        ≥ 1          2
  ✓ requests.refused                 ≥ 1      1,470 of 3,370 (43.6 %)

              NotReady      ok   refused   timeout   other      p99
    steady           0   1,500         0         0       0   2.4 ms
    fault            2     400       850         0       0   2.4 ms
    recover          2       0       620         0       0        –
    all              2   1,900     1,470         0       0   2.4 ms

    since the fault         observed       predicted
    first node NotReady        2.7 s    0.0 … 20.7 s   inside
    no endpoint left           7.7 s    0.0 … 21.7 s   inside
    first refused              8.0 s    0.0 … 23.2 s   inside
    first pod evicted         12.8 s    8.6 … 41.6 s   inside
    last node Ready again     36.2 s   23.8 … 36.4 s   inside
    last refused              37.4 s   22.8 … 48.4 s   inside`;

describe('the summary at 80 columns', () => {
  test('of a run that passed', async () => {
    expect(await at80(tightRun())).toBe(`\
  PASS  both expectations met
${figures}

  Writes    5.9 leases, – status posts per node and minute
  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
`);
  });

  test('of a run that failed: what was missed first, the findings, and the next command', async () => {
    const flap = [ready(at.fault - 12_300, 'worker2', 'Unknown'), ready(at.fault - 9100, 'worker2', 'True')];
    expect(await at80({ ...tightRun(flap), plan: strict })).toBe(`\
  FAIL  2 of 3 expectations not met
    - requests.ok holds, and requests failed (620 refused in recover), of which
      no expectation speaks: expect requests.byPhase.recover.refused besides
    … and 3 more in run.json

                                     expected   observed
  ✗ nodes.notReadyTransitions               0          2
  ✗ requests.byPhase.fault.refused       ≤ 10        850 of 1,250 (68.0 %)
  ✓ requests.ok                       ≥ 1,000      1,900 of 3,370 (56.4 %)

              NotReady      ok   refused   timeout   other      p99
    steady           1   1,500         0         0       0   2.4 ms
    fault            2     400       850         0       0   2.4 ms
    recover          2       0       620         0       0        –
    all              2   1,900     1,470         0       0   2.4 ms

    since the fault         observed       predicted
    first node NotReady        2.7 s    0.0 … 20.7 s   inside
    no endpoint left           7.7 s    0.0 … 21.7 s   inside
    first refused              8.0 s    0.0 … 23.2 s   inside
    first pod evicted         12.8 s    8.6 … 41.6 s   inside
    last node Ready again     36.2 s   23.8 … 36.4 s   inside
    last refused              37.4 s   22.8 … 48.4 s   inside

    findings
    - worker2 went NotReady for 3.2 s, 12.3 s before the fault began; counted
      apart

  Writes    5.9 leases, – status posts per node and minute
  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
  Try       npm run skipbeat -- plan tight-grace   (what was predicted)
`);
  });

  test('of a cluster that did not recover in time: that first, and never that the evidence is not valid', async () => {
    const run = changed(tightRun(), (event) =>
      event.type === 'step.ended' && event.name === 'recover'
        ? { ...event, outcome: 'timedOut', detail: 'not recovered within 90.0 s: worker2 NotReady' }
        : event,
    );
    const text = await at80(run);
    expect(text.split('\n').slice(0, 3)).toEqual([
      '  FAIL  the cluster did not recover in time',
      '    - recover: not recovered within 90.0 s: worker2 NotReady',
      '',
    ]);
    expect(text).not.toContain('evidence is not valid');
  });

  test('of a run that proves nothing: the reasons first', async () => {
    expect(await at80(unproved)).toBe(`\
  INCONCLUSIVE  neither pass nor fail: a fault is not proved
    - kubelet-pause on worker and worker2 is not proved: absent on worker2 just
      before the undo (kubelet 271 is S (sleeping))
    - recover: not recovered within 90.0 s: worker2 NotReady

${figures}

  Writes    5.9 leases, – status posts per node and minute
  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
  Try       npm run scenario -- tight-grace   (the same again)
`);
  });

  test('of a run under which nothing happened: dashes, for nothing was seen, and no predicted column', async () => {
    expect(await at80(defaultRun())).toBe(`\
  PASS  both expectations met
                                expected   observed
  ✓ nodes.notReadyTransitions        ≤ 0          0
  ✓ requests.refused                 ≤ 0          0 of 3,370 (0.0 %)

              NotReady      ok   refused   timeout   other      p99
    steady           0   1,500         0         0       0   2.4 ms
    fault            0   1,250         0         0       0   2.4 ms
    recover          0     620         0         0       0   2.4 ms
    all              0   3,370         0         0       0   2.4 ms

    since the fault         observed
    first node NotReady            –
    no endpoint left               –
    first refused                  –
    first pod evicted              –
    last node Ready again          –
    last refused                   –

  Writes    5.9 leases, – status posts per node and minute
  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
`);
  });

  test('of a run that broke while its cluster came up: what was not observed is neither met nor missed', async () => {
    const run = tightRun();
    const events = [
      ...run.events.filter(({ atMs }) => atMs < 9000),
      event(9500, { type: 'step.ended', name: 'cluster', kind: 'cluster', outcome: 'failed', detail: 'no space left' }),
      event(9600, { type: 'run.ended', outcome: 'failed', reason: 'no space left' }),
    ];
    expect(await at80({ ...run, events, requests: [] })).toBe(`\
  INCONCLUSIVE  neither pass nor fail: the run did not come to its end
    - cluster failed: no space left

                                expected   observed
  ? nodes.notReadyTransitions        ≥ 1          –
  ? requests.refused                 ≥ 1          –

  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
  Try       npm run skipbeat -- doctor   (is everything here that a run needs?)
`);
  });
});

describe('the summary', () => {
  test('says on top that a predicted run was not run', async () => {
    const run = changed(tightRun(), (event) =>
      event.type === 'run.started' ? { ...event, backend: 'model', predicted: true } : event,
    );
    expect((await at80(run)).split('\n').slice(0, 2)).toEqual([
      '  predicted, nothing was run: every figure comes from the model',
      '  PASS  both expectations met',
    ]);
  });

  test('says of a prediction that proves nothing how the model makes it again, not a cluster', async () => {
    const { plan, events, requests } = changed(unproved, (event) =>
      event.type === 'run.started' ? { ...event, backend: 'model', predicted: true } : event,
    );
    const text = summaryText(await judge(plan, events, requests), plan, screen);
    expect(/Try +(.*)$/m.exec(text)?.[1]).toBe('npm run scenario -- tight-grace --backend model   (the same again)');
  });

  test('says of no NotReady of the whole run what is not known of one of its phases', async () => {
    const document = await judge(tightPlan, unproved.events, unproved.requests);
    const steps = document.steps.map((step) => (step.name === 'recover' ? { ...step, maxNotReady: null } : step));
    const notReadyOf = (text: string) => /^ +all +(\S+)/m.exec(text)?.[1];
    expect(notReadyOf(summaryText(document, tightPlan, screen))).toBe('2');
    expect(notReadyOf(summaryText({ ...document, steps }, tightPlan, screen))).toBe('–');
  });

  test('names cleanup where a fault is not known to be undone', async () => {
    const run = changed(tightRun(), (event) => (event.type === 'fault.undone' ? { ...event, undone: false } : event));
    expect(await at80(run)).toBe(`  INCONCLUSIVE  neither pass nor fail: a fault is not proved
    - kubelet-pause on worker and worker2 is not known to be undone

${figures}

  Writes    5.9 leases, – status posts per node and minute
  Evidence  runs/2026-11-24T08-03-11-tight-grace/  (run.json, events.ndjson)
  Try       npm run skipbeat -- cleanup   (undoes what the run could not)
`);
  });

  test('prints the whole command by which a run that proves nothing is made once more, however long, and the scenario’s file to plan it', async () => {
    const again = {
      run: "run 'my runs/soak.yaml' --context staging --nodes pool=chaos --load-from pod --service shop/web:80 --set load.ratePerSecond=20",
      ...{ scenario: "'my runs/soak.yaml'", context: '--context staging' },
    };
    const shown = async ({ plan, events, requests }: Run, backend: 'kind' | 'cluster' = 'kind') => {
      const document = await judge(plan, events, requests);
      return summaryText({ ...document, backend }, plan, { ...screen, again });
    };
    expect(await shown(unproved)).toContain(`\n  Try       npm run scenario -- ${again.run.slice('run '.length)}\n`);
    const failing = { ...tightRun(), plan: { ...tightPlan, expectations: strict.expectations } };
    expect(await shown(failing)).toContain(
      "\n  Try       npm run skipbeat -- plan 'my runs/soak.yaml'   (what was predicted)\n",
    );
    const left = changed(tightRun(), (event) => (event.type === 'fault.undone' ? { ...event, undone: false } : event));
    expect(await shown(left, 'cluster')).toContain('\n  Try       npm run skipbeat -- cleanup --context staging\n');
  });

  test('of a run on a cluster that somebody has, as far as the record says it: which context and nodes is for a person to say', async () => {
    const { plan, events, requests } = unproved;
    const document = { ...(await judge(plan, events, requests)), backend: 'cluster' as const };
    const again = (workload: Plan['workload'], offered = document.requests.offered) => {
      const shown = { ...document, requests: { ...document.requests, offered } };
      return /Try +(.*)$/m.exec(summaryText(shown, { ...plan, workload }, screen))?.[1];
    };
    const existingService = { namespace: 'shop', name: 'web', port: 8000, path: '/a b' };
    const base = 'npm run scenario -- tight-grace --context NAME --nodes WHICH';
    const secured = {
      ...existingService,
      path: '/',
      method: 'POST',
      tls: 'verified',
      headers: ['X-Team', 'Host'],
      ...{ host: 'shop.test', serverName: 'shop.example' },
      bodyBytes: 2,
    } as const;
    const all = [again({ replicas: 2 }, 0), again({ replicas: 2 }), again({ replicas: 3, existingService })];
    expect([...all, again({ replicas: 3, existingService: secured })]).toEqual([
      base,
      `${base} --load-from pod`,
      `${base} --load-from pod --service shop/web:8000 --service-path '/a b'`,
      `${base} --load-from pod --service shop/web:8000 --service-method POST --service-ca FILE --service-host shop.example --service-header 'X-Team: VALUE' --service-header 'Host: shop.test' --service-body FILE`,
    ]);
  });

  test('marks what lies outside its predicted window', async () => {
    const prediction = { ...tightPlan.prediction, notReadyAfterMs: [9000, 15_000] as const };
    expect(await at80({ ...tightRun(), plan: { ...tightPlan, prediction } })).toContain(
      '\n    first node NotReady        2.7 s    8.5 … 15.7 s   outside\n',
    );
  });

  test('in colour says the same words, and without it has no escape sequence', async () => {
    const document = await judge(tightPlan, unproved.events, unproved.requests);
    const plain = summaryText(document, tightPlan, screen);
    const coloured = summaryText(document, tightPlan, { ...screen, colour: true });
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is what is taken away here
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  test('prints no control character that came from a cluster', async () => {
    const document = await judge(tightPlan, unproved.events, unproved.requests);
    const evil = '\u001b]0;owned\u0007wor\u001b[2Jker\u009b31m\r\nnext\u202e';
    const text = summaryText(
      {
        ...document,
        reasons: [evil],
        findings: [evil],
        expectations: [{ figure: evil, expected: evil, observed: 1, held: false }],
      },
      tightPlan,
      { ...screen, folder: evil },
    );
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  });

  test('is one screen of 40 lines and 80 columns, however much there is to say', async () => {
    const { plan, events, requests } = tightRun();
    const document = await judge(plan, events, requests);
    const counts = document.requests.byPhase.fault;
    if (counts === undefined) throw new Error('the run has no fault phase');
    const sentences = fc.array(fc.string({ maxLength: 60 }), { maxLength: 30 }).map((parts) => parts.join(' '));
    const texts = fc.array(sentences, { maxLength: 12 });
    const expectation = fc.record({
      figure: fc.oneof(
        fc.constantFrom('requests.byPhase.recover-12.latencyMs.p99', 'requests.byPhase.phase-0.unreachable'),
        fc.string({ maxLength: 90 }),
      ),
      expected: fc.constantFrom('≥ 1', '1,000,000 … 2,000,000'),
      observed: fc.option(fc.integer()),
      held: fc.boolean(),
    });
    const shown = fc.record({
      verdict: fc.constantFrom('pass', 'fail', 'inconclusive' as const),
      predicted: fc.boolean(),
      reasons: texts,
      findings: texts,
      expectations: fc.array(expectation, { maxLength: 12 }),
      phases: fc.nat({ max: 12 }),
      columns: fc.integer({ min: 80, max: 200 }),
    });
    fc.assert(
      fc.property(shown, ({ phases, columns, ...change }) => {
        const byPhase = Object.fromEntries(Array.from({ length: phases }, (_, index) => [`phase-${index}`, counts]));
        const long: RunDocument = { ...document, ...change, requests: { ...document.requests, byPhase } };
        const lines = summaryText(long, plan, { ...screen, columns })
          .trimEnd()
          .split('\n');
        expect(lines.length).toBeLessThanOrEqual(40);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 200 },
    );
  });
});
