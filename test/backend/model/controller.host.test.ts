import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { taintLoopUs } from '../../../src/backend/model/constants.ts';
import { settingsFor } from '../../../src/backend/model/index.ts';
import { us, version } from './clusters.ts';
import { awayFromPasses, differences } from './compare.ts';
import { coursesOf } from './courses.ts';
import { askOracle, buildOracle } from './oracle.ts';
import { control, replay } from './replay.ts';
import { type Course, type Happening, type Trace, traceOf } from './traces.ts';

/**
 * How far apart two times may be that mean the same: one tick of the loop that gives NoExecute taints, which a request
 * on one side can make the other miss, and the few requests of some ms that lie between a cause and what follows.
 */
const toleranceUs = taintLoopUs + 10_000;
const guardUs = 50_000;
/**
 * The tainting loop's tick and the end of a pass can fall together; which one is first is then settled by less than a
 * request takes. Where the controllers themselves do as the model once each of their passes is this much shorter or
 * longer, nothing speaks against the model; nor where they cannot be run to an end. It has to be rare.
 */
const slightUs = 100;
const mostUndecided = 0.03;
const random = { seed: 20_260_101, numRuns: 200 };

const traceFor = (course: Course): Trace =>
  awayFromPasses(
    course,
    traceOf(course, (world) => control(world, course.startUs, () => undefined)),
    guardUs,
  );

/** One node of three stops, with more than one pass in which its NoExecute taint can come. */
const oneStops = (minor: number, patch: number): Course => ({
  version: version(minor, patch),
  settings: settingsFor(version(minor, patch), { eviction: { kind: 'tolerations', seconds: 12 } }),
  seed: 7,
  nodes: 3,
  zones: 1,
  podsPerNode: 2,
  startUs: us(3),
  endUs: us(200),
  disturbances: [{ kind: 'freeze', node: 1, from: 40, to: 150 }],
});

const first = (happenings: readonly Happening[], kind: Happening['kind'], what: string): number =>
  happenings.find((happening) => happening.kind === kind && happening.what.startsWith(what))?.atUs ?? Number.NaN;

describe.each([
  { name: 'v1.34.4', minor: 34, patch: 4, passesToTaint: 0 },
  { name: 'v1.31.0', minor: 31, patch: 0, passesToTaint: 1 },
])('the controllers of Kubernetes $name', ({ name, minor, patch, passesToTaint }) => {
  let program = '';
  beforeAll(async () => {
    program = await buildOracle(name);
  }, 1_800_000);

  let undecided = 0;
  const compare = async (course: Course): Promise<readonly string[]> => {
    const trace = traceFor(course);
    const model = replay(course, trace);
    const against = async (asked: Trace): Promise<readonly string[] | null> => {
      const controllers = await askOracle(program, asked);
      return controllers && differences(model, controllers, { toleranceUs, endUs: course.endUs });
    };
    const found = await against(trace);
    if (found?.length === 0) return [];
    undecided += 1;
    for (const byUs of [-slightUs, slightUs]) {
      if ((await against({ ...trace, passUs: trace.passUs + byUs }))?.length === 0) return [];
    }
    return found ?? [];
  };

  it('do to a node that stops what the model says: Unknown, taints, deletions, and all of it undone', async () => {
    const course = oneStops(minor, patch);
    expect(await compare(course)).toEqual([]);
  });

  it(`give the NoExecute taint ${passesToTaint} passes after the condition`, async () => {
    const course = oneStops(minor, patch);
    const happenings = await askOracle(program, traceFor(course));
    if (happenings === null) throw new Error('a node that stops changes no rate');
    const between = first(happenings, 'taint', 'NoExecute') - first(happenings, 'condition', 'Unknown');
    expect(Math.floor(between / course.settings.monitorPeriodUs)).toBe(passesToTaint);
    expect(first(happenings, 'delete', '') - first(happenings, 'taint', 'NoExecute')).toBeGreaterThanOrEqual(us(12));
  });

  it('do what the model says about any course of heartbeats', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(coursesOf(version(minor, patch)), async (course) => {
        expect(await compare(course)).toEqual([]);
      }),
      random,
    );
    expect(undecided).toBeLessThanOrEqual(random.numRuns * mostUndecided);
  });
});
