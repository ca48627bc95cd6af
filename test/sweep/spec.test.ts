import { expect, test } from 'vitest';
import { profileNames } from '../../src/profile/index.ts';
import { readSweep, type SweepOptionTexts } from '../../src/sweep/index.ts';
import { refusalOf } from '../support/refusal.ts';
import { optionTexts } from './specs.ts';

const gigabytes = 1e9;

const refused = (changes: Partial<SweepOptionTexts>): { code: string; exitCode: number; lines: readonly string[] } => {
  const { code, exitCode, message } = refusalOf(() => readSweep(optionTexts(changes), 4 * gigabytes));
  return { code, exitCode, lines: message.split('\n') };
};

test('reads a sweep: lists and ranges rise, each value once; minors and a missing v are made exact', () => {
  const asked = optionTexts({
    pause: '30s,5s..20s/5s,10s',
    nodes: '100, 3,3',
    kubernetes: '1.20,v1.34.4,v1.34',
    reading: 'equivalent',
    seed: '4294967295',
    workers: '3',
    shard: '2/5',
  });
  expect(readSweep(asked, gigabytes)).toEqual({
    spec: {
      profiles: ['default', 'fast'],
      reading: 'equivalent',
      pausesMs: [5000, 10_000, 15_000, 20_000, 30_000],
      nodes: [3, 100],
      kubernetesVersions: ['v1.20.2', 'v1.34.4'],
      repeats: 200,
      seed: 4_294_967_295,
    },
    shard: { index: 2, of: 5 },
    workers: 3,
  });
});

test('a range holds both its ends, in fractions too', () => {
  expect(readSweep(optionTexts({ pause: '0.1s..0.5s/100ms' }), gigabytes).spec.pausesMs).toEqual([
    100, 200, 300, 400, 500,
  ]);
  expect(readSweep(optionTexts({ pause: '5s..14s/5s' }), gigabytes).spec.pausesMs).toEqual([5000, 10_000]);
});

test('refuses all that is wrong at once', () => {
  expect(
    refused({
      profiles: 'fats,slow',
      pause: '5s..1s,20s..10s/5s,0s,1h..2h/1ms',
      nodes: '0,1000000',
      kubernetes: 'v1.10,v1.38.1,x',
      repeats: '0',
      reading: 'loose',
      seed: '-1',
      workers: '0',
      shard: '3/2',
    }),
  ).toEqual({
    code: 'SWEEP_INVALID',
    exitCode: 64,
    lines: [
      '--pause: expected a range as from..to/step, such as 5s..120s/5s or 10s,30s, received "5s..1s"',
      '--pause: expected a range that rises, such as 5s..120s/5s or 10s,30s, received "20s..10s/5s"',
      '--pause: expected durations of more than 0, such as 5s..120s/5s or 10s,30s, received "0s"',
      '--pause: expected at most 1,000 values, received 3,600,001 in "1h..2h/1ms"',
      '--nodes: expected an integer of at least 2, received "0"',
      `--profiles: expected profiles (${profileNames.join(', ')}), received "fats"; did you mean "fast"?`,
      '--reading: expected literal or equivalent, received "loose"',
      '--kubernetes: expected an exact version from v1.11 to v1.37, such as v1.34.4, received "v1.10"',
      '--kubernetes: expected an exact version from v1.11 to v1.37, such as v1.34.4, received "v1.38.1"',
      '--kubernetes: expected an exact version from v1.11 to v1.37, such as v1.34.4, received "x"',
      '--repeats: expected an integer from 1 to 1000000, received "0"',
      '--seed: expected an integer from 0 to 4294967295, received "-1"',
      '--workers: expected an integer from 1 to 1024, received "0"',
      '--shard: expected I/N with I from 1 to N, such as 1/4, received "3/2"',
      expect.stringMatching(
        /^--nodes: one simulation of 1,000,000 nodes would take about 12\.1 GB and \S+: expected at most the 4\.0 GB that one thread may use here$/,
      ),
    ],
  });
});

test.each(['', ' ', '5', '-5s', '5s..', '..5s', '5s..10s/0s', '5s..10s/', '5s..10s', 'NaN', '1e3s'])(
  'refuses %j as pauses in one line',
  (pause) => {
    expect(refused({ pause }).lines).toEqual([expect.stringMatching(/^--pause: expected .* received "/)]);
  },
);

test.each(['', '1', '2.5', '-3', '3,', '0x10', '1e3'])('refuses %j as nodes in one line', (nodes) => {
  expect(refused({ nodes }).lines).toEqual([expect.stringMatching(/^--nodes: expected an integer of at least 2/)]);
});

test('no size is too large to be refused with a message', () => {
  // What a thread may use here is this machine's.
  expect(
    refused({ nodes: '9007199254740991' }).lines.map((line) => line.replace(/\d+\.\d GB that/, 'N GB that')),
  ).toEqual([
    '--nodes: one simulation of 9,007,199,254,740,991 nodes would take about 108086391057.0 GB and 436682363h52m8s: expected at most the N GB that one thread may use here',
  ]);
});

test('a pod of an Indexed Job takes the shard of its index, which counts from 0', () => {
  const before = process.env.JOB_COMPLETION_INDEX;
  const shardAt = (index: string | undefined): unknown => {
    if (index === undefined) delete process.env.JOB_COMPLETION_INDEX;
    else process.env.JOB_COMPLETION_INDEX = index;
    return readSweep(optionTexts({ shard: 'job/4' }), gigabytes).shard;
  };
  try {
    expect(shardAt('0')).toEqual({ index: 1, of: 4 });
    expect(shardAt('3')).toEqual({ index: 4, of: 4 });
    expect(() => shardAt('4')).toThrow(
      '--shard: expected I/N with I from 1 to N, such as 1/4, received "job/4 with JOB_COMPLETION_INDEX=4"',
    );
    expect(() => shardAt(undefined)).toThrow(
      '--shard: expected JOB_COMPLETION_INDEX, as an Indexed Job sets it, for job/4, found none',
    );
  } finally {
    if (before === undefined) delete process.env.JOB_COMPLETION_INDEX;
    else process.env.JOB_COMPLETION_INDEX = before;
  }
});
