import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cleanedBy } from '../support/cleaned.ts';
import { fileEngine, incarnation } from '../support/file-engine.ts';

let place: string;
let engine: ReturnType<typeof fileEngine>;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-dry-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  engine = fileEngine(place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const cleaned = async (asked: { readonly cluster?: string; readonly dryRun: boolean }) => {
  const { isClean, lines } = await cleanedBy(engine.host, asked);
  return [isClean, ...lines];
};

const name = 'skipbeat-one';
const undo = [{ node: `${name}-control-plane`, argv: ['true'], timeoutMs: 1000 }];
const on = { cluster: name, incarnation };

const leaveFault = (): void => {
  const entries = [
    { kind: 'settings', ...on, undo },
    { kind: 'fault', ...on, fault: 'f', faultKind: 'kubelet-pause', undo },
  ];
  for (const [index, entry] of entries.entries())
    writeFileSync(join(engine.journalOf('one'), `00${index + 2}-x.json`), JSON.stringify(entry));
};

const states: Readonly<Record<string, () => void>> = {
  'a run that was killed in a fault': () => {
    engine.stand(name);
    engine.leave('one', {}, name);
    leaveFault();
  },
  'a run whose cluster is gone': () => {
    engine.remember(name);
    engine.leave('one', {}, name);
    leaveFault();
  },
  'a fault that stands on a kept cluster': () => {
    engine.stand(name, { record: { kept: true } });
    engine.leave('one', {}, null);
    const fault = { kind: 'fault', ...on, fault: 'f', faultKind: 'kubelet-pause', undo };
    writeFileSync(join(engine.journalOf('one'), '002-fault.json'), JSON.stringify(fault));
  },
  'a fault and settings that a kept cluster keeps while it is stopped': () => {
    engine.stand(name, { record: { kept: true } });
    engine.leave('one', {}, null);
    const hollow = { kind: 'hollow', ...on, ends: [{ ...undo[0], on: 'host', argv: ['echo', 'gone'] }], undo: undo[0] };
    const entries = [
      hollow,
      { kind: 'settings', ...on, undo },
      { kind: 'fault', ...on, fault: 'f', faultKind: 'out-of-service', undo },
    ];
    for (const [index, entry] of entries.entries())
      writeFileSync(join(engine.journalOf('one'), `00${index + 1}-x.json`), JSON.stringify(entry));
  },
  'what this machine is to undo beside a load balancer without a node': () => {
    engine.container(name, { role: 'external-load-balancer' });
    engine.remember(name, { kept: true });
    engine.leave('one', {}, null);
    const settings = { kind: 'settings', ...on, undo: [{ ...undo[0], on: 'host' }] };
    writeFileSync(join(engine.journalOf('one'), '001-settings.json'), JSON.stringify(settings));
  },
  'a record alone': () => engine.remember(name),
  'a cluster that was made anew since': () => {
    engine.container(name, { incarnation: 'aaaabbbbccccdddd' });
    engine.remember(name);
    engine.leave('one', {}, name);
  },
  'a cluster that skipbeat did not make': () => {
    engine.container(name);
    const node = JSON.parse(readFileSync(join(place, 'nodes', name), 'utf8'));
    writeFileSync(join(place, 'nodes', name), JSON.stringify({ ...node, Mounts: [] }));
  },
  'a lock that somebody else wrote': () => {
    engine.stand(name);
    mkdirSync(join(place, 'state/locks'));
    writeFileSync(join(place, 'state/locks', `${name}.lock`), 'theirs');
  },
};

test.each(Object.keys(states).flatMap((what) => [[what, undefined] as const, [what, name] as const]))(
  'a dry run says each thing that is done then, once, and no other: %s, --cluster %s',
  async (what, cluster) => {
    states[what]?.();
    const asked = { ...(cluster === undefined ? {} : { cluster }) };
    const all = () =>
      ['nodes', 'state'].map((of) =>
        existsSync(join(place, of)) ? readdirSync(join(place, of), { recursive: true }).sort() : [],
      );
    const before = all();
    const outcome = (dryRun: boolean) => cleaned({ ...asked, dryRun }).catch(({ code }) => [code]);
    const said = await outcome(true);
    expect(all()).toEqual(before);
    const done = await outcome(false);
    expect(said).toEqual(done.map((line) => (typeof line === 'string' ? line.replace(/^done /, 'would ') : line)));
  },
);
