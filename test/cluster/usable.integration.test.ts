import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { assertUsable, assertUsableClaimed, claimCluster } from '../../src/cluster/index.ts';
import { dead, engineName, fileEngine, incarnation } from '../support/file-engine.ts';

const name = 'skipbeat-kept';

let place: string;
let engine: ReturnType<typeof fileEngine>;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-usable-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  engine = fileEngine(place);
  engine.stand(name, { record: { kept: true }, mark: { kept: true, run: 'one', process: dead } });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const fault = JSON.stringify({
  ...{ kind: 'fault', cluster: name, incarnation, fault: 'f', faultKind: 'node-pause' },
  undo: [{ node: `${name}-control-plane`, argv: ['true'], timeoutMs: 1000 }],
});

const leaveFault = (run: string, text: string): void => {
  engine.leave(run, {}, null);
  writeFileSync(join(engine.journalOf(run), '002-fault.json'), text);
};

type Damage = {
  readonly file: string;
  readonly problem: string;
  /** It does not say of which cluster it is. */
  readonly unnamed?: true;
  readonly make: () => void;
};
const noJson = "expected a journal's JSON, found Unexpected end of JSON input";
const loop = 'expected a folder that can be read, found ELOOP: too many symbolic links encountered, scandir';

/** What each run left of a journal, and the file that cannot be read. */
const damages: Readonly<Record<string, Damage>> = {
  'an entry that is empty': { file: 'one/002-fault.json', problem: noJson, make: () => leaveFault('one', '') },
  'an entry that is empty, of another run': {
    ...{ file: 'two/002-fault.json', problem: noJson, unnamed: true },
    make: () => leaveFault('two', ''),
  },
  'an entry that is cut off and speaks of the cluster': {
    file: 'two/002-fault.json',
    problem: "expected a journal's JSON, found Unterminated string in JSON at position 184 (line 1 column 185)",
    make: () => leaveFault('two', fault.slice(0, -9)),
  },
  'an entry of a kind that no version knows yet': {
    file: 'two/002-fault.json',
    problem: 'expected in it what is to be undone, and on which cluster, found something else',
    make: () => leaveFault('two', fault.replace('"fault"', '"cgroup"')),
  },
  'who wrote it, beside an entry that can be read': {
    ...{ file: 'one/owner.json', problem: noJson },
    make: () => {
      leaveFault('one', fault);
      writeFileSync(join(engine.journalOf('one'), 'owner.json'), '');
    },
  },
  'its folder': {
    ...{ file: 'loop', problem: loop, unnamed: true },
    make: () => {
      mkdirSync(join(place, 'state/journal'), { recursive: true });
      symlinkSync('loop', engine.journalOf('loop'));
    },
  },
  'the folder of all journals': {
    ...{ file: '', problem: loop, unnamed: true },
    make: () => symlinkSync('journal', join(place, 'state/journal')),
  },
};

test.each(Object.entries(damages))(
  'a kept cluster on which a dead run may have left something to undo is refused to the next one: %s cannot be read',
  async (_, { file, problem, unnamed, make }) => {
    expect(await assertUsable(engine.host, name, engineName)).toBe(true);
    make();
    const path = join(place, 'state/journal', file);
    const what = unnamed === true ? 'whether a run left something to undo on it' : 'what a run left to undo on it';
    const why = problem === loop ? `${problem} '${path}'` : problem;
    const refused = {
      ...{ code: 'CLUSTER_UNCLEAN', exitCode: 75 },
      message: `Cluster ${name}: ${what} cannot be read, for ${path} is damaged (${why}).`,
      next: `npm run skipbeat -- cleanup --cluster ${name}   (removes the cluster), or choose another name with --cluster; once nothing of that run is left, delete that file`,
    };
    await expect(assertUsable(engine.host, name, engineName)).rejects.toMatchObject(refused);
    // What came about since the first question is seen under the lock.
    const { release } = await claimCluster(name);
    try {
      const { signal } = new AbortController();
      await expect(assertUsableClaimed(engine.host, name, engineName, signal)).rejects.toMatchObject(refused);
    } finally {
      await release();
    }
  },
);

test.each(Object.keys(damages))(
  'a name that nobody had is free to a run, though of another %s cannot be read',
  async (what) => {
    damages[what]?.make();
    const asked = async () => [
      await assertUsable(engine.host, 'skipbeat-new', engineName),
      await assertUsableClaimed(engine.host, 'skipbeat-new', engineName, new AbortController().signal),
    ];
    expect(await asked()).toEqual([false, null]);
    if (what === 'the folder of all journals') return;
    // One that speaks of the name may be of a run that brings it up.
    leaveFault('three', fault.replaceAll(name, 'skipbeat-new'));
    writeFileSync(join(engine.journalOf('three'), 'owner.json'), '');
    await expect(asked()).rejects.toMatchObject({ code: 'CLUSTER_UNCLEAN', exitCode: 75 });
  },
);

test('a fault that a dead run left is seen under the lock, and a damaged journal about another cluster is none of it', async () => {
  leaveFault('two', fault.replaceAll(name, 'skipbeat-x').replaceAll(incarnation, 'aaaa').slice(0, -9));
  const { release } = await claimCluster(name);
  const { signal } = new AbortController();
  const asked = () => assertUsableClaimed(engine.host, name, engineName, signal);
  try {
    expect(await asked()).toMatchObject({ name, incarnation });
    leaveFault('one', fault);
    await expect(asked()).rejects.toMatchObject({ code: 'CLUSTER_UNCLEAN', exitCode: 75 });
  } finally {
    await release();
  }
});

test('what is kept of a cluster on another engine is not written over where its record does not say that it was not kept', async () => {
  rmSync(join(place, 'nodes', name));
  for (const kept of [true, undefined, null, 'no']) {
    engine.remember(name, { kept, engine: 'two (there, /)' });
    const code = kept === true ? 'CLUSTER_ELSEWHERE' : 'STATE_UNREADABLE';
    await expect(assertUsable(engine.host, name, engineName)).rejects.toMatchObject({ code });
  }
  engine.remember(name, { kept: false, engine: 'two (there, /)' });
  expect(await assertUsable(engine.host, name, engineName)).toBe(false);
});

test.each(['its folder', 'the folder of all journals', 'who wrote it', 'a file in its place'])(
  'a damaged journal keeps no run from making a cluster of which nothing is kept: %s',
  async (what) => {
    if (what === 'who wrote it') {
      engine.leave('one', {}, null);
      writeFileSync(join(engine.journalOf('one'), 'owner.json'), '');
    } else if (what === 'a file in its place') {
      mkdirSync(join(place, 'state/journal'), { recursive: true });
      writeFileSync(engine.journalOf('README'), '');
    } else damages[what]?.make();
    const { release } = await claimCluster('skipbeat-new');
    try {
      expect(await assertUsable(engine.host, name, engineName).catch(({ code }) => code)).toBe('CLUSTER_UNCLEAN');
      const { signal } = new AbortController();
      expect(await assertUsableClaimed(engine.host, 'skipbeat-new', engineName, signal)).toBeNull();
      // Of one that a run may be making, which lost its lock, something is.
      engine.remember('skipbeat-new');
      await expect(assertUsableClaimed(engine.host, 'skipbeat-new', engineName, signal)).rejects.toMatchObject({
        code: 'CLUSTER_UNCLEAN',
      });
    } finally {
      await release();
    }
  },
);
